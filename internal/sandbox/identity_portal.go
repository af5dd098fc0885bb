package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/sso/types"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	oidctypes "github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
)

// Client is a program registered for the device flow; its secret is kept as a hash.
type Client struct {
	Secret  string
	Expires time.Time
}

// Device is a sign-in that was started on a device: it waits for a person to confirm its user code.
type Device struct {
	Code     string // SHA-256 of the device code
	UserCode string
	Client   string
	Instance string // ARN
	Expires  time.Time
	User     string // who confirmed it; empty while it waits
	Used     bool
}

// Token is an access token of the portal, or the refresh token that renews it.
type Token struct {
	User, Instance, Client string
	Refresh                bool
	Expires                time.Time
}

const (
	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	refreshGrant = "refresh_token"

	deviceLasts   = 10 * time.Minute
	devicePolls   = time.Second
	clientLasts   = 90 * 24 * time.Hour
	accessLasts   = time.Hour     // with a refresh token
	portalSession = 8 * time.Hour // default of the access portal: how long refreshing goes on
)

// firstPasswords is what a person does in the console with Users, Reset password: everybody gets a way in.
func (w *World) firstPasswords() error {
	for _, i := range w.Identity.Instances {
		for _, u := range i.Users {
			u.Password = true
		}
	}
	w.Changed()
	return nil
}

// signIn is what the founder does in the browser: sign in, with a first password if there is none, and confirm
// the codes that wait.
func (w *World) signIn() error {
	for _, i := range w.Identity.Instances {
		for _, u := range i.Users {
			if !i.administers(w, u) {
				continue
			}
			u.Password = true
			w.Changed()
			for _, d := range w.Identity.Devices {
				if d.Instance == i.ARN && d.User == "" && w.Now().Before(d.Expires) {
					d.User = u.ID
				}
			}
			return nil
		}
	}
	return errors.New("sandbox: nobody is assigned administrator rights in the management account yet")
}

// administers reports whether a user has administrator rights in the management account.
func (i *IdentityInstance) administers(w *World, u *IdentityUser) bool {
	for _, p := range i.entitled(w, u.ID, w.managementAccount()) {
		if slices.Contains(p.Managed, "arn:aws:iam::aws:policy/AdministratorAccess") || strings.Contains(p.Name, "Admin") {
			return true
		}
	}
	return false
}

// Confirm is a person confirming a user code in the browser. People without a password cannot sign in.
func (w *World) Confirm(userCode, userName string) error {
	for _, d := range w.Identity.Devices {
		if d.UserCode != userCode || !w.Now().Before(d.Expires) {
			continue
		}
		for _, i := range w.Identity.Instances {
			for _, u := range i.Users {
				if i.ARN != d.Instance || u.UserName != userName {
					continue
				}
				if !u.Password {
					return errors.New("sandbox: " + userName + " has no password yet")
				}
				d.User = u.ID
				w.Changed()
				return nil
			}
		}
		return errors.New("sandbox: there is no user " + userName)
	}
	return errors.New("sandbox: no sign-in waits with the code " + userCode)
}

// entitled are the permission sets a user has in an account, directly or through groups.
func (i *IdentityInstance) entitled(w *World, user, account string) []*PermissionSet {
	mine := append(i.groupsOf(user), user)
	var out []*PermissionSet
	for _, a := range i.assignments(w.Now(), false) {
		if a.Account != account || !slices.Contains(mine, a.Principal) {
			continue
		}
		if p, err := i.permissionSet(&a.PermissionSet); err == nil && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func (r *Request) client(id, secret *string) error {
	c, ok := r.World.Identity.Clients[aws.ToString(id)]
	if !ok || c.Secret != digest(aws.ToString(secret)) || r.World.Now().After(c.Expires) {
		return withStatus(http.StatusUnauthorized, &oidctypes.InvalidClientException{Message: aws.String("Invalid client"), Error_: aws.String("invalid_client")})
	}
	return nil
}

func badGrant(m string) error {
	return &oidctypes.InvalidGrantException{Message: aws.String(m), Error_: aws.String("invalid_grant"), Error_description: aws.String(m)}
}

func (s *Sim) registerSignIn() {
	asked := map[string]time.Time{} // when each device code was last polled; not worth keeping over a restart
	on(s, func(r *Request, in *ssooidc.RegisterClientInput) (*ssooidc.RegisterClientOutput, error) {
		if aws.ToString(in.ClientType) != "public" {
			return nil, &oidctypes.InvalidClientMetadataException{Message: aws.String("Only public clients can be registered"), Error_: aws.String("invalid_client_metadata")}
		}
		if r.World.Identity.Clients == nil {
			r.World.Identity.Clients = map[string]Client{}
		}
		id, secret, now := r.World.ID(hexDigits, 22), r.World.ID(hexDigits, 40), r.World.Now()
		r.World.Identity.Clients[id] = Client{Secret: digest(secret), Expires: now.Add(clientLasts)}
		r.World.Changed()
		return &ssooidc.RegisterClientOutput{ClientId: aws.String(id), ClientSecret: aws.String(secret),
			ClientIdIssuedAt: now.Unix(), ClientSecretExpiresAt: now.Add(clientLasts).Unix()}, nil
	})
	on(s, func(r *Request, in *ssooidc.StartDeviceAuthorizationInput) (*ssooidc.StartDeviceAuthorizationOutput, error) {
		if err := r.client(in.ClientId, in.ClientSecret); err != nil {
			return nil, err
		}
		asked := strings.TrimRight(aws.ToString(in.StartUrl), "/#")
		for _, i := range r.World.Identity.Instances {
			if i.startURL() != asked || i.Region != r.Region || r.World.Now().Before(i.Ready) {
				continue
			}
			code, letters := r.World.ID(hexDigits, 32), r.World.ID("BCDFGHJKLMNPQRSTVWXZ", 8)
			d := &Device{Code: digest(code), UserCode: letters[:4] + "-" + letters[4:], Client: *in.ClientId, Instance: i.ARN, Expires: r.World.Now().Add(deviceLasts)}
			r.World.Identity.Devices = append(r.World.Identity.Devices, d)
			r.World.Changed()
			page := i.startURL() + "/#/device"
			return &ssooidc.StartDeviceAuthorizationOutput{DeviceCode: aws.String(code), UserCode: aws.String(d.UserCode), VerificationUri: aws.String(page),
				VerificationUriComplete: aws.String(page + "?user_code=" + d.UserCode), ExpiresIn: int32(deviceLasts.Seconds()), Interval: int32(devicePolls.Seconds())}, nil
		}
		return nil, &oidctypes.InvalidRequestException{Message: aws.String("Invalid start URL"), Error_: aws.String("invalid_request"), Error_description: aws.String("Invalid start URL, or not its Region")}
	})
	on(s, func(r *Request, in *ssooidc.CreateTokenInput) (*ssooidc.CreateTokenOutput, error) {
		if err := r.client(in.ClientId, in.ClientSecret); err != nil {
			return nil, err
		}
		switch aws.ToString(in.GrantType) {
		case deviceGrant:
			return r.redeem(*in.ClientId, digest(aws.ToString(in.DeviceCode)), asked)
		case refreshGrant:
			key := digest(aws.ToString(in.RefreshToken))
			t, ok := r.World.Identity.Tokens[key]
			if !ok || !t.Refresh || t.Client != *in.ClientId || r.World.Now().After(t.Expires) {
				return nil, badGrant("Invalid refresh token provided")
			}
			delete(r.World.Identity.Tokens, key)
			return r.issue(t), nil
		}
		return nil, &oidctypes.UnsupportedGrantTypeException{Message: aws.String("Unsupported grant type"), Error_: aws.String("unsupported_grant_type")}
	})
}

// redeem gives tokens for a device code, once a person has confirmed it.
func (r *Request) redeem(client, code string, asked map[string]time.Time) (*ssooidc.CreateTokenOutput, error) {
	now := r.World.Now()
	at := slices.IndexFunc(r.World.Identity.Devices, func(d *Device) bool { return d.Code == code && d.Client == client })
	if at < 0 || r.World.Identity.Devices[at].Used {
		return nil, badGrant("Invalid device code provided")
	}
	d := r.World.Identity.Devices[at]
	last, polled := asked[code]
	asked[code] = now
	switch {
	case !now.Before(d.Expires):
		return nil, &oidctypes.ExpiredTokenException{Message: aws.String("Device code expired"), Error_: aws.String("expired_token")}
	case polled && now.Sub(last) < r.World.Takes(devicePolls):
		return nil, &oidctypes.SlowDownException{Message: aws.String("Slow down"), Error_: aws.String("slow_down")}
	case d.User == "":
		return nil, &oidctypes.AuthorizationPendingException{Message: aws.String("Authorization pending"), Error_: aws.String("authorization_pending")}
	}
	d.Used = true
	return r.issue(Token{User: d.User, Instance: d.Instance, Client: client, Expires: now.Add(portalSession)}), nil
}

// issue hands out an access token and the refresh token that lasts as long as t, the portal session.
func (r *Request) issue(t Token) *ssooidc.CreateTokenOutput {
	if r.World.Identity.Tokens == nil {
		r.World.Identity.Tokens = map[string]Token{}
	}
	access, refresh := "aoa"+r.World.ID(hexDigits, 40), "aor"+r.World.ID(hexDigits, 40)
	t.Refresh = true
	r.World.Identity.Tokens[digest(refresh)] = t
	t.Refresh = false
	if end := r.World.Now().Add(accessLasts); end.Before(t.Expires) {
		t.Expires = end
	}
	r.World.Identity.Tokens[digest(access)] = t
	r.World.Changed()
	return &ssooidc.CreateTokenOutput{AccessToken: aws.String(access), RefreshToken: aws.String(refresh), TokenType: aws.String("Bearer"),
		ExpiresIn: int32(t.Expires.Sub(r.World.Now()).Seconds())}
}

// bearer is who shows an access token, and the instance they signed in to.
func (r *Request) bearer(token *string) (*IdentityInstance, *IdentityUser, error) {
	t, ok := r.World.Identity.Tokens[digest(aws.ToString(token))]
	if ok && !t.Refresh && r.World.Now().Before(t.Expires) {
		for _, i := range r.World.Identity.Instances {
			if i.ARN != t.Instance || i.Region != r.Region {
				continue
			}
			if u, err := i.user(t.User); err == nil {
				return i, u, nil
			}
		}
	}
	return nil, nil, withStatus(http.StatusUnauthorized, &ssotypes.UnauthorizedException{Message: aws.String("Session token not found or invalid")})
}

func (s *Sim) registerPortal() {
	on(s, func(r *Request, in *sso.ListAccountsInput) (*sso.ListAccountsOutput, error) {
		i, u, err := r.bearer(in.AccessToken)
		if err != nil {
			return nil, err
		}
		var all []ssotypes.AccountInfo
		for _, id := range sortedKeys(r.World.Accounts) {
			if a := r.World.Accounts[id]; len(i.entitled(r.World, u.ID, id)) > 0 {
				all = append(all, ssotypes.AccountInfo{AccountId: aws.String(id), AccountName: aws.String(a.Name), EmailAddress: aws.String(a.Email)})
			}
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &sso.ListAccountsOutput{AccountList: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *sso.ListAccountRolesInput) (*sso.ListAccountRolesOutput, error) {
		i, u, err := r.bearer(in.AccessToken)
		if err != nil {
			return nil, err
		}
		var all []ssotypes.RoleInfo
		for _, p := range i.entitled(r.World, u.ID, aws.ToString(in.AccountId)) {
			all = append(all, ssotypes.RoleInfo{AccountId: in.AccountId, RoleName: aws.String(p.Name)})
		}
		if len(all) == 0 {
			return nil, forbidden()
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &sso.ListAccountRolesOutput{RoleList: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *sso.GetRoleCredentialsInput) (*sso.GetRoleCredentialsOutput, error) {
		i, u, err := r.bearer(in.AccessToken)
		if err != nil {
			return nil, err
		}
		account := aws.ToString(in.AccountId)
		for _, p := range i.entitled(r.World, u.ID, account) {
			if p.Name != aws.ToString(in.RoleName) {
				continue
			}
			length, _ := sessionLength(p.SessionDuration)
			until := r.World.Now().Add(length)
			key, secret, token := r.Session(Principal{Account: account, Expires: until,
				ARN: "arn:aws:sts::" + account + ":assumed-role/" + p.roleName(account) + "/" + u.UserName})
			return &sso.GetRoleCredentialsOutput{RoleCredentials: &ssotypes.RoleCredentials{AccessKeyId: aws.String(key), SecretAccessKey: aws.String(secret),
				SessionToken: aws.String(token), Expiration: until.UnixMilli()}}, nil
		}
		return nil, forbidden()
	})
	on(s, func(r *Request, in *sso.LogoutInput) (*sso.LogoutOutput, error) {
		if _, _, err := r.bearer(in.AccessToken); err != nil {
			return nil, err
		}
		delete(r.World.Identity.Tokens, digest(aws.ToString(in.AccessToken)))
		r.World.Changed()
		return &sso.LogoutOutput{}, nil
	})
}

// forbidden is the portal's answer about accounts and roles the person is not assigned to; the SDK has no type for it.
func forbidden() error { return FailWith(http.StatusForbidden, "ForbiddenException", "No access") }
