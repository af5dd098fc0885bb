package cloud

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"awswizard/internal/pattern"
)

// Sent is one attempt of a request that the gate let through.
type Sent struct {
	Service, Operation string // SDK package name and operation
	Account, Region    string // Account is "" until the caller is known
	Write              bool
	Attempt            int // from 1
	RequestID          string
	Code               string // "" on success; see Code
	Duration           time.Duration
}

// watch tells Observe and the log of every attempt. It has to be added after Bind, to stand nearer to the
// retries than whatever Bind puts there to serve the requests.
func (c *Cloud) watch(account, region string) func(*middleware.Stack) error {
	return func(st *middleware.Stack) error {
		if _, sends := st.Finalize.Get("Retry"); !sends {
			return nil // a presigner
		}
		return st.Finalize.Insert(middleware.FinalizeMiddlewareFunc("cloud.Watch",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				p := passOf(ctx)
				if p == nil {
					return next.HandleFinalize(ctx, in)
				}
				p.sent.Store(false) // an attempt is repeated only when the one before had no effect
				s := Sent{Service: p.service, Operation: p.operation, Account: account, Region: region,
					Write: p.class == Write, Attempt: int(p.attempts.Add(1))}
				start := c.now()
				out, md, err := next.HandleFinalize(ctx, in)
				s.Duration = c.now().Sub(start)
				s.RequestID = requestID(md, err)
				if err != nil {
					if !InDoubt(err) {
						p.sent.Store(false) // answered: stopping now, before another attempt, leaves no doubt
					}
					if s.Code = Code(err); s.Code == "" {
						s.Code = "error"
					}
				}
				c.log(ctx, s, err)
				if c.o.Observe != nil {
					c.o.Observe(s)
				}
				return out, md, err
			}), "Retry", middleware.After)
	}
}

// log writes one line per attempt: names, numbers and codes only. Inputs, outputs, headers and addresses never
// go into it, since they can hold keys and tokens.
func (c *Cloud) log(ctx context.Context, s Sent, err error) {
	if c.o.Logger == nil {
		return
	}
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("service", s.Service), slog.String("operation", s.Operation),
		slog.String("account", s.Account), slog.String("region", s.Region),
		slog.Bool("write", s.Write), slog.Int("attempt", s.Attempt),
		slog.String("request_id", s.RequestID), slog.Duration("took", s.Duration),
	}
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("code", s.Code), slog.String("error", redact(c.hide(err.Error()))))
	}
	c.o.Logger.LogAttrs(ctx, level, "aws request", attrs...)
}

func requestID(md middleware.Metadata, err error) string {
	if id, ok := awsmiddleware.GetRequestIDMetadata(md); ok && id != "" {
		return id
	}
	var v interface{ ServiceRequestID() string }
	if errors.As(err, &v) {
		return v.ServiceRequestID()
	}
	return ""
}

const hidden = "[hidden]"

var (
	accessKeyID = pattern.Of(`\b(AKIA|ASIA)[A-Z0-9]{8,}`)
	namedSecret = pattern.Of(`(?i)([a-z_-]*(?:secret|token|password|signature|credential|authorization)[a-z_-]*)(=|["']?\s*[:=]\s*["'])([^\s"'&,]+)`)
	bearer      = pattern.Of(`(?i)\b(bearer\s+)\S+`)
	longWord    = pattern.Of(`[A-Za-z0-9+/=_.-]{40,}`)
)

// redact hides access keys, tokens and whatever looks like one in a text meant for a log or a screen. ARNs stay
// readable.
func redact(s string) string {
	s = accessKeyID().ReplaceAllString(s, "${1}"+hidden)
	s = namedSecret().ReplaceAllString(s, "${1}${2}"+hidden)
	s = bearer().ReplaceAllString(s, "${1}"+hidden)
	words := strings.Split(s, " ")
	for i, w := range words {
		if strings.Contains(w, "arn:aws") {
			continue
		}
		words[i] = longWord().ReplaceAllStringFunc(w, func(m string) string {
			if strings.ContainsAny(m, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(m, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(m, "0123456789") {
				return hidden
			}
			return m
		})
	}
	return strings.Join(words, " ")
}
