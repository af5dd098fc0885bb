package main

import (
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"awswizard/internal/answers"
	"awswizard/internal/cloud"
	"awswizard/internal/mototest"
	"awswizard/steps/network"
)

// motoChain is how many requests of the default networks of one account must follow one another on moto, whose networks
// have no gateway: who am I, find the network, look into it, delete its subnets, delete it, look once more.
const motoChain = 6

// motoCaller is the account of every access key that moto does not know.
const motoCaller = "123456789012"

// BenchmarkMotoNetworks removes the default networks of one account on moto, with each request held back. "moto-ms" is what
// moto itself takes for a request when it is asked as fast as it can answer: it answers one after another.
func BenchmarkMotoNetworks(b *testing.B) {
	server := mototest.Start(b)
	own := motoItself(b, server)
	a := answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1"}
	var sum measured
	for b.Loop() {
		b.StopTimer()
		motoReset(b, server)
		c, dir, live := &counter{}, b.TempDir(), watchMemory()
		b.StartTimer()
		start := time.Now()
		to, err := cloud.Open(b.Context(), cloud.Options{Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
			HTTPClient: heldBack{server}, Region: a.HomeRegion, TokenDir: filepath.Join(dir, "sso"), Observe: c.sent})
		if err != nil {
			b.Fatal(err)
		}
		result := applyTo(b, dir, to, nil, c, []step{members([]string{motoCaller}), network.Step()}, a)
		m := measured{requests: int(c.requests.Load()), writes: int(c.writes.Load()), took: time.Since(start), running: c.running, most: live()}
		if ok, failed, left := result.Counts(); ok != m.writes || failed > 0 || left > 0 || ok < 4*17 {
			b.Fatalf("%d calls made of %d sent, %d failed, %d left", ok, m.writes, failed, left)
		}
		sum.add(m)
	}
	sum.report(b, motoChain*roundTrip)
	b.ReportMetric(float64(own)/float64(time.Millisecond), "moto-ms")
}

// heldBack is moto at the end of a long line.
type heldBack struct{ server *mototest.Server }

func (h heldBack) Do(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(roundTrip):
		return h.server.Do(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// motoItself is what moto takes for a request of the census when eight are always waiting for it.
func motoItself(b *testing.B, server *mototest.Server) time.Duration {
	b.Helper()
	const requests, waiting = 200, 8
	motoReset(b, server)
	var wg sync.WaitGroup
	start := time.Now()
	for range waiting {
		wg.Go(func() {
			for range requests / waiting {
				askEC2(b, server, "eu-west-1", "DescribeNetworkAcls")
			}
		})
	}
	wg.Wait()
	return time.Since(start) / requests
}

func askEC2(b *testing.B, server *mototest.Server, region, operation string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL, strings.NewReader("Action="+operation+"&Version=2016-11-15"))
	if err != nil {
		b.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261126/"+region+"/ec2/aws4_request, SignedHeaders=host, Signature=none")
	answer(b, r)
}

// motoReset makes moto forget everything, and make the default networks anew, which it does at the first request of each
// Region.
func motoReset(b *testing.B, server *mototest.Server) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+"/moto-api/reset", nil)
	if err != nil {
		b.Fatal(err)
	}
	answer(b, r)
	for _, region := range slices.Concat(answers.Regions(), optIn) {
		askEC2(b, server, region, "DescribeVpcs")
	}
}

func answer(b *testing.B, r *http.Request) {
	b.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("moto answers %s: %v", resp.Status, err)
	}
}
