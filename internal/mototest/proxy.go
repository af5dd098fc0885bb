package mototest

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Proxy is moto as a proxy that answers in the place of every https host: what an unmodified program talks to.
type Proxy struct {
	Server
	notes string
}

//go:embed proxy.py
var proxyScript string

// StartProxy runs moto's proxy for the test, or skips it as Start does.
func StartProxy(t *testing.T) *Proxy {
	t.Helper()
	need(t)
	port := FreePort(t)
	p := &Proxy{notes: filepath.Join(t.TempDir(), "requests.jsonl")}
	launch(t, "-c", mends+proxyScript, p.notes, "-H", "127.0.0.1", "-p", port)
	authority, err := exec.Command("python3", "-c", "import moto.moto_proxy as m, os; print(os.path.dirname(m.__file__) + '/ca.crt')").Output()
	if err != nil {
		t.Fatalf("finding the proxy's certificate: %v", err)
	}
	p.URL = "http://127.0.0.1:" + port
	p.env = []string{"HTTPS_PROXY=" + p.URL, "AWS_CA_BUNDLE=" + strings.TrimSpace(string(authority))}
	Await(t, "moto's proxy to listen", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	through := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + port})}}
	NoDocker(t, through, "http://motoapi.amazonaws.com")
	return p
}

// Env are the variables that bring a program to the proxy, with the access key that Keys made.
func (p *Proxy) Env() []string { return slices.Clone(p.env) }

// Writes are the requests of the program, as its user agent names it, that reached the proxy and change something. S3's
// and Lambda's operations are told by the method alone and have no name.
func (p *Proxy) Writes(t *testing.T) []Request {
	t.Helper()
	data, err := os.ReadFile(p.notes)
	if err != nil {
		t.Fatal(err)
	}
	var out []Request
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var n struct{ Host, Method, Operation, Agent string }
		if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
			t.Fatalf("a request of the proxy: %v", err)
		}
		r := Request{Operation: n.Operation, Host: n.Host}
		switch {
		case !strings.Contains(n.Agent, "aws-sdk-go"): // boto3
		case n.Operation == "" && (n.Method == "GET" || n.Method == "HEAD"):
		case n.Operation == "":
			out = append(out, r)
		case r.Write():
			out = append(out, r)
		}
	}
	return out
}
