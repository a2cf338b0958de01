// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"
)

// front is a proxy before a service: it counts users' calls, and tests can change them. The services' own calls bypass it.
type front struct {
	url    string
	server *http.Server
}

func (c *Cloud) front(service string) (*front, error) {
	target, err := url.Parse(c.direct[service])
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // links in answers lead to the front
	}}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.seen(Call{Service: service, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Agent: r.UserAgent()})
		if !c.meddled(service, w, r) {
			proxy.ServeHTTP(w, r)
		}
	})}
	go func() { _ = server.Serve(l) }() // returns when the server is closed
	return &front{"http://" + l.Addr().String(), server}, nil
}

// Call is one request of a user.
type Call struct {
	Service string // keystone, glance, neutron, nova or placement
	Method  string
	Path    string
	Query   string
	Agent   string
}

// Watch records the calls that users make.
type Watch struct {
	cloud *Cloud
	calls []Call
}

// Watch starts recording users' calls, until the test ends.
func (c *Cloud) Watch(t testing.TB) *Watch {
	w := &Watch{cloud: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watches[w] = true
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watches, w)
	})
	return w
}

func (c *Cloud) seen(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for w := range c.watches {
		w.calls = append(w.calls, call)
	}
}

// Calls returns the recorded calls.
func (w *Watch) Calls() []Call {
	w.cloud.mu.Lock()
	defer w.cloud.mu.Unlock()
	return append([]Call(nil), w.calls...)
}

// Count returns the number of calls to a service whose path has a suffix: Count("nova", "/flavors/detail"). An empty service means any.
func (w *Watch) Count(service, suffix string) (n int) {
	for _, call := range w.Calls() {
		if (service == "" || call.Service == service) && strings.HasSuffix(call.Path, suffix) {
			n++
		}
	}
	return n
}

// Reset drops the recorded calls.
func (w *Watch) Reset() {
	w.cloud.mu.Lock()
	defer w.cloud.mu.Unlock()
	w.calls = nil
}

type meddling struct {
	service string
	act     func(http.ResponseWriter, *http.Request) bool
}

// Meddle lets a test modify users' calls to a service before they are forwarded, or answer them itself by returning true, until it ends.
func (c *Cloud) Meddle(t testing.TB, service string, act func(http.ResponseWriter, *http.Request) (answered bool)) {
	m := &meddling{service, act}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.meddler[m] = true
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.meddler, m)
	})
}

func (c *Cloud) meddled(service string, w http.ResponseWriter, r *http.Request) bool {
	c.mu.Lock()
	var all []*meddling
	for m := range c.meddler {
		if m.service == service {
			all = append(all, m)
		}
	}
	c.mu.Unlock()
	for _, m := range all {
		if m.act(w, r) {
			return true
		}
	}
	return false
}
