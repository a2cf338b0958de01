// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Counter counts the calls to a vCenter and an NSX, and tampers with one of them.
type Counter struct {
	mu     sync.Mutex
	names  []string
	at     int // counted from one; 0 for none
	do     Breaking
	struck string
}

// count starts to count. do handles call number at, counted from one.
func (s *stage) count(at int, do Breaking) *Counter {
	c := &Counter{at: at, do: do}
	s.vc.Tamper(func(name string, next http.Handler, w http.ResponseWriter, r *http.Request) {
		c.pass(name, s.vc, next, w, r)
	})
	if at := s.vc.NSX; at != nil {
		at.Tamper(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			c.pass(nameOf(r), nsx{at}, next, w, r)
		})
	}
	return c
}

// leave ends what count began.
func (s *stage) leave() {
	s.vc.Tamper(nil)
	if s.vc.NSX != nil {
		s.vc.NSX.Tamper(nil)
	}
}

func (c *Counter) pass(name string, to Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
	if c.note(name) {
		c.do(to, next, w, r)
		return
	}
	next.ServeHTTP(w, r)
}

var someID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// nameOf is the name of a call to NSX: its verb and its path without ids.
func nameOf(r *http.Request) string {
	return toNSX + r.Method + " " + someID.ReplaceAllString(strings.TrimPrefix(r.URL.Path, "/policy/api/v1"), "<uuid>")
}

// ToNSX reports whether a call of a name goes to NSX.
func ToNSX(name string) bool { return strings.HasPrefix(name, toNSX) }

const toNSX = "NSX "

func (c *Counter) note(name string) (strike bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = append(c.names, name)
	if strike = len(c.names) == c.at; strike {
		c.struck = name
	}
	return strike
}

// Names returns the calls so far.
func (c *Counter) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.names)
}

// Struck returns the call that was tampered with, or "" where it was not reached.
func (c *Counter) Struck() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.struck
}
