// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// base is what every path of the Policy API begins with.
const base = "/policy/api/v1"

// Tree is the objects of a manager, served. Its methods may be called from several goroutines.
type Tree struct {
	mu      sync.Mutex
	objects *Objects
	page    int
}

// New makes a tree without objects. A page of a list has no more than some objects.
func New(o *Objects, page int, nouns ...*Noun) *Tree {
	o.nouns, o.all = nouns, map[string]*Object{}
	return &Tree{objects: o, page: page}
}

// Do lets a function see and change the objects, alone.
func (t *Tree) Do(f func(*Objects)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.objects.sweep()
	f(t.objects)
}

// Advance lets time pass.
func (t *Tree) Advance(d time.Duration) { t.Do(func(o *Objects) { o.ahead += d }) }

// Now is the manager's time.
func (t *Tree) Now() (now time.Time) {
	t.Do(func(o *Objects) { now = o.Now() })
	return now
}

// Caller is who asks.
type Caller struct {
	// Principal is the name of the principal identity whose certificate was shown; empty for a user.
	Principal string
	// Overwrite is whether objects of others may be changed: the header X-Allow-Overwrite.
	Overwrite bool
}

// request is what a caller asks about a place.
type request struct {
	place
	Caller
	query   url.Values
	body    map[string]any
	partial bool
}

// Serve carries out a request of a caller.
func (t *Tree) Serve(w http.ResponseWriter, r *http.Request, by Caller) {
	path, ok := strings.CutPrefix(r.URL.Path, base)
	if !ok {
		NotThere("no such path: %s", r.URL.Path).ServeHTTP(w, r)
		return
	}
	by.Overwrite = strings.EqualFold(r.Header.Get("X-Allow-Overwrite"), "true")
	q := request{Caller: by, query: r.URL.Query(), partial: strings.EqualFold(r.Header.Get("nsx-enable-partial-patch"), "true")}
	if r.Method == http.MethodPut || r.Method == http.MethodPatch {
		if err := json.NewDecoder(r.Body).Decode(&q.body); err != nil {
			Unreadable("the body is no JSON object: %v", err).ServeHTTP(w, r)
			return
		}
	}
	var answer any
	var refusal *Refusal
	t.Do(func(o *Objects) { answer, refusal = t.carryOut(o, r.Method, path, q) })
	if refusal != nil {
		refusal.ServeHTTP(w, r)
		return
	}
	Send(w, answer)
}

func (t *Tree) carryOut(o *Objects, method, path string, q request) (any, *Refusal) {
	if method == http.MethodGet {
		if answer, refusal, ok := t.question(o, path, q); ok {
			return answer, refusal
		}
	}
	var known bool
	if q.place, known = o.place(path); !known {
		return nil, NotThere("the path=[%s] is invalid", path)
	}
	if method == http.MethodGet {
		return t.read(o, q)
	}
	if q.collection || q.view != "" || q.noun.Schema == "" {
		return nil, NoMethod("%s cannot be done to %s", method, path)
	}
	switch method {
	case http.MethodPut:
		return o.write(q)
	case http.MethodPatch:
		_, refusal := o.write(q.patching(o))
		return nil, refusal
	case http.MethodDelete:
		return nil, o.delete(q)
	}
	return nil, NoMethod("%s cannot be done to %s", method, path)
}

// question answers what is asked about objects and is none: realization and search.
func (t *Tree) question(o *Objects, path string, q request) (any, *Refusal, bool) {
	if path == "/search/query" {
		answer, refusal := t.search(o, q)
		return answer, refusal, true
	}
	root, below := o.split(path)
	listing, listed := o.Lists[below]
	switch {
	case root == "":
		return nil, nil, false
	case listed:
		answer, refusal := t.pageOf(listing.All(o, q.query), listing.Key, q)
		return answer, refusal, true
	case below == "realized-state/realized-entities":
		return map[string]any{"results": o.entities(q.query.Get("intent_path"))}, nil, true
	case below == "realized-state/status":
		status, refusal := o.status(q.query.Get("intent_path"))
		return status, refusal, true
	}
	return nil, nil, false
}

// read answers an object, a view of one, or a list.
func (t *Tree) read(o *Objects, q request) (any, *Refusal) {
	if q.collection {
		return t.list(o, q)
	}
	x := o.Get(q.path)
	if x == nil {
		return nil, NotThere("the path=[%s] is invalid", q.path)
	}
	if q.view != "" {
		return q.noun.Views[q.view](o, x), nil
	}
	return o.Answer(x, q.Caller), nil
}

// patching completes a PATCH to what a PUT would say: everything where it is partial, and otherwise what a PATCH cannot take away.
func (q request) patching(o *Objects) request {
	x := o.Get(q.path)
	body := map[string]any{}
	if x != nil {
		for property, value := range x.Body {
			if q.partial || slices.Contains(q.noun.Kept, property) {
				body[property] = value
			}
		}
	}
	for property, value := range q.body {
		if value != nil || !slices.Contains(q.noun.Kept, property) {
			body[property] = value
		}
	}
	delete(body, "_revision")
	if x != nil {
		body["_revision"] = float64(x.Revision)
	}
	q.body = body
	return q
}
