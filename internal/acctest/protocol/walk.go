// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// entry is the state of one instance of a resource or data source.
type entry struct {
	Object
	block string   // the address of its block
	needs []string // the blocks that it was made from, which outlive it
	key   cty.Value
}

// change is what a plan does to one instance.
type change struct {
	Plan
	address string
	entry   entry // without its object
	data    bool  // a data source that is read during the apply
}

// walk plans or applies a configuration as Terraform does: each node as soon as those that it needs are done, ten at a time.
type walk struct {
	t        testing.TB
	provider *Provider
	config   *configuration
	applying bool
	refresh  bool
	planned  map[string]change // only in an apply

	slots chan struct{}
	over  map[string]chan struct{} // closed when a node is done
	nodes sync.WaitGroup

	mu      sync.Mutex
	state   map[string]entry
	values  map[string]cty.Value // of blocks
	changes map[string]change
	failed  map[string]bool // nodes
	errors  []error
}

// parallelism is Terraform's default.
const parallelism = 10

func newWalk(t testing.TB, provider *Provider, config *configuration, state map[string]entry) *walk {
	return &walk{t: t, provider: provider, config: config, refresh: true, slots: make(chan struct{}, parallelism),
		over: map[string]chan struct{}{}, state: maps.Clone(state), values: map[string]cty.Value{}, changes: map[string]change{},
		failed: map[string]bool{}}
}

// node runs a function once the nodes that it needs are over, unless one of them has failed.
func (w *walk) node(name string, needs []string, do func() error) {
	w.nodes.Go(func() {
		defer close(w.over[name])
		fine := true
		for _, need := range needs {
			if over := w.over[need]; over != nil && need != name {
				<-over
				w.mu.Lock()
				fine = fine && !w.failed[need]
				w.mu.Unlock()
			}
		}
		finished := false
		defer func() { // even where do has ended the test
			if !finished {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.failed[name] = true
			}
		}()
		if fine {
			if err := do(); err != nil {
				w.fail(err)
			} else {
				finished = true
			}
		}
	})
}

func (w *walk) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, err)
}

// each calls do for n instances at the same time.
func (w *walk) each(n int, do func(i int) error) error {
	failed := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		failed[i] = errors.New("the test has ended")
		all.Go(func() {
			w.slots <- struct{}{}
			defer func() { <-w.slots }()
			failed[i] = do(i)
		})
	}
	all.Wait()
	return errors.Join(failed...)
}
