package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// entry is what the state has of one instance of a resource or data source.
type entry struct {
	Object
	block string   // its block's address
	needs []string // the blocks it was made from, which outlive it
	key   cty.Value
}

// change is what a plan does about one instance.
type change struct {
	Plan
	address string
	entry   entry // less its object
	data    bool  // a data source that is read during the apply
}

// walk plans or applies a configuration as Terraform does: everything as soon as what it needs is there, ten at a time.
type walk struct {
	t        testing.TB
	provider *Provider
	config   *configuration
	applying bool
	refresh  bool
	planned  map[string]change // when applying

	slots chan struct{}
	over  map[string]chan struct{} // closed when a node is
	nodes sync.WaitGroup

	mu      sync.Mutex
	state   map[string]entry
	values  map[string]cty.Value // of blocks
	changes map[string]change
	failed  map[string]bool // nodes
	errors  []error
}

// parallelism is Terraform's own.
const parallelism = 10

func newWalk(t testing.TB, provider *Provider, config *configuration, state map[string]entry) *walk {
	return &walk{t: t, provider: provider, config: config, refresh: true, slots: make(chan struct{}, parallelism),
		over: map[string]chan struct{}{}, state: maps.Clone(state), values: map[string]cty.Value{}, changes: map[string]change{},
		failed: map[string]bool{}}
}

// destroying is the node that destroys an instance; what creates, changes and reads is a node for each block.
func destroying(address string) string { return "destroy " + address }

// node runs something once other nodes are over, unless one of them has failed.
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
		defer func() { // also where do has ended the test
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

// each does something for some instances at the same time.
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

// Failure is what a provider has refused or not managed, and about which resource.
type Failure struct {
	Address string
	Diagnostic
}

// Error is the failure as Terraform prints it.
func (f *Failure) Error() string {
	return fmt.Sprintf("Error: %s\n  with %s, at %s during %s", f.Text, f.Address, f.Attribute, f.During)
}

// diagnosticsError is an error where there are errors among some diagnostics.
func diagnosticsError(address string, all []Diagnostic) error {
	var out []error
	for _, d := range Errors(all) {
		out = append(out, &Failure{address, d})
	}
	return errors.Join(out...)
}

// block brings about all instances of a block, and then gives it its value.
func (w *walk) block(b *block) error {
	w.mu.Lock()
	values := map[string]cty.Value{}
	for _, need := range w.config.needed(b.address) {
		values[need] = w.values[need]
	}
	w.mu.Unlock()
	scope, err := w.config.scope(values)
	if err != nil {
		return err
	}
	all, err := b.instances(scope)
	if err != nil {
		return err
	}
	out := make([]cty.Value, len(all))
	if err := w.each(len(all), func(i int) (err error) {
		out[i], err = w.instance(all[i])
		return err
	}); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.values[b.address] = b.join(all, out)
	return nil
}

func (w *walk) instance(i instance) (cty.Value, error) {
	schemas := w.provider.schemas.ResourceSchemas
	if i.block.data {
		schemas = w.provider.schemas.DataSourceSchemas
	}
	schema := schemas[i.block.kind]
	if schema == nil {
		return cty.NilVal, fmt.Errorf("%s needs a test with a CLI", i.block.kind)
	}
	config, err := decode(i.block.body, schema, i.scope)
	if err != nil {
		return cty.NilVal, fmt.Errorf("Error: %w\n  with %s", err, i.address()) //nolint:staticcheck // Terraform's words
	}
	var value tftypes.Value
	if i.block.data {
		value, err = w.query(i, config)
	} else {
		value, err = w.resource(i, config)
	}
	if err != nil {
		return cty.NilVal, err
	}
	return ctyValue(value), nil
}

func (w *walk) entry(i instance) entry {
	return entry{block: i.block.address, needs: w.config.needed(i.block.address), key: i.key}
}

// query reads a data source: during the plan where everything about it is known and what it depends on stays as it is.
func (w *walk) query(i instance, config tftypes.Value) (tftypes.Value, error) {
	address := i.address()
	w.mu.Lock()
	had, there := w.state[address]
	later := w.planned[address].data
	for _, c := range w.changes {
		later = later || slices.Contains(i.block.after, c.entry.block) && c.Action != Nothing
	}
	w.mu.Unlock()
	if w.applying && there && !w.planned[address].data {
		return had.State, nil // as the plan has read it
	}
	e := w.entry(i)
	if !w.applying && (later || !config.IsFullyKnown()) {
		w.note(change{address: address, entry: e, data: true, Plan: Plan{Type: i.block.kind, Action: Nothing, Prior: had.Object}})
		return tftypes.NewValue(config.Type(), tftypes.UnknownValue), nil
	}
	value, all := w.provider.query(i.block.kind, config)
	if err := diagnosticsError(address, all); err != nil {
		return value, err
	}
	e.Object = Object{Type: i.block.kind, State: value}
	w.keep(address, e)
	return value, nil
}

func (w *walk) note(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes[c.address] = c
}

// keep puts an entry into the state, or takes out what does not exist any more.
func (w *walk) keep(address string, e entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state[address] = e; !e.Exists() {
		delete(w.state, address)
	}
}

// refreshed is what the state has of an instance, brought up to date.
func (w *walk) refreshed(address string) (entry, error) {
	w.mu.Lock()
	had, there := w.state[address]
	w.mu.Unlock()
	if id, is := w.config.imports[address]; is && !there && !w.applying {
		return w.imported(address, id)
	}
	if !there || !w.refresh || w.applying {
		return had, nil
	}
	now, all := w.provider.Read(had.Object)
	if err := diagnosticsError(address, all); err != nil {
		return had, err
	}
	had.Object = now
	w.keep(address, had)
	if !now.Exists() {
		return entry{}, nil
	}
	return had, nil
}

// imported takes what an import block names into the state.
func (w *walk) imported(address, id string) (entry, error) {
	of, _, _ := strings.Cut(address, "[") // one of several
	b := w.config.blocks[of]
	if b == nil {
		return entry{}, fmt.Errorf("%s is not configured, and importing it needs a test with a CLI", address)
	}
	found, all := w.provider.Import(b.kind, id)
	if err := diagnosticsError(address, all); err != nil {
		return entry{}, err
	}
	if !found.Exists() {
		return entry{}, fmt.Errorf("Error: Cannot import non-existent remote object: %s", id) //nolint:staticcheck // Terraform's words
	}
	e := entry{Object: found, block: of, needs: w.config.needed(of)}
	w.keep(address, e)
	return e, nil
}

// resource plans a resource, and during an apply carries the plan out.
func (w *walk) resource(i instance, config tftypes.Value) (tftypes.Value, error) {
	address := i.address()
	had, err := w.refreshed(address)
	if err != nil {
		return config, err
	}
	if w.applying && w.planned[address].Action == Nothing {
		e := w.entry(i)
		e.Object = had.Object
		w.keep(address, e)
		return had.State, nil
	}
	prior := had.Object
	if prior.Type == "" {
		prior = w.provider.None(i.block.kind)
	}
	plan := w.provider.Plan(i.block.kind, config, prior)
	if err := diagnosticsError(address, plan.Diagnostics); err != nil {
		return config, err
	}
	if !w.applying {
		w.note(change{address: address, entry: w.entry(i), Plan: plan})
		return plan.Planned, nil
	}
	if promised := w.planned[address]; !follows(promised.Planned, plan.Planned) {
		w.t.Fatalf("%s: Terraform would not accept this plan: first it was %s, and during the apply %s", address, promised.Planned, plan.Planned)
	}
	now, all := w.provider.Apply(plan)
	e := w.entry(i)
	e.Object = now
	w.keep(address, e)
	return now.State, diagnosticsError(address, all)
}

// leave destroys an instance, or plans to.
func (w *walk) leave(address string) error {
	had, err := w.refreshed(address)
	if err != nil || !had.Exists() {
		return err
	}
	if !w.applying {
		plan := w.provider.PlanDelete(had.Object)
		w.note(change{address: address, entry: had, Plan: plan})
		return diagnosticsError(address, plan.Diagnostics)
	}
	plan := w.provider.deletion(had.Object)
	if planned := w.planned[address]; planned.Action == Delete {
		plan.Private = planned.Private
	}
	left, all := w.provider.Apply(plan)
	had.Object = left
	w.keep(address, had)
	return diagnosticsError(address, all)
}

// orphans are the instances in the state that a walk has not met.
func (w *walk) orphans() (out []string) {
	for address, e := range w.state {
		_, met := w.changes[address]
		if b := w.config.blocks[e.block]; !met && (b == nil || !b.data) && !strings.HasPrefix(address, "data.") {
			out = append(out, address)
		}
	}
	return out
}

// forget drops the data sources that are configured no more.
func (w *walk) forget() {
	for address, e := range w.state {
		if strings.HasPrefix(address, "data.") && w.config.blocks[e.block] == nil {
			delete(w.state, address)
		}
	}
}

// plan walks the configuration, and then what is in the state beside it.
func (w *walk) plan() error {
	for address := range w.config.blocks {
		w.over[address] = make(chan struct{})
	}
	for address, b := range w.config.blocks {
		w.node(address, b.needs, func() error { return w.block(b) })
	}
	w.nodes.Wait()
	if err := errors.Join(w.errors...); err != nil {
		return err
	}
	orphans := w.orphans()
	if err := w.each(len(orphans), func(i int) error { return w.leave(orphans[i]) }); err != nil {
		return err
	}
	w.forget()
	return nil
}

// apply carries a plan out. What is destroyed goes before what it was made from, and before whatever else changes that was made from it.
func (w *walk) apply(planned map[string]change) error {
	w.applying, w.planned = true, planned
	going := map[string]entry{}
	for address, c := range planned {
		if c.Action == Delete || c.Action == Replace {
			going[address] = w.state[address]
		}
	}
	needs := w.order(going)
	for name := range needs {
		w.over[name] = make(chan struct{})
	}
	for address := range going {
		w.node(destroying(address), needs[destroying(address)], func() error {
			return w.each(1, func(int) error { return w.leave(address) })
		})
	}
	for address, b := range w.config.blocks {
		w.node(address, needs[address], func() error { return w.block(b) })
	}
	w.nodes.Wait()
	return errors.Join(w.errors...)
}

// order says what each node of an apply waits for.
func (w *walk) order(going map[string]entry) map[string][]string {
	madeFrom := map[string][]string{} // what the instances of a block were made from
	for _, e := range w.state {
		madeFrom[e.block] = append(madeFrom[e.block], e.needs...)
	}
	out := map[string][]string{}
	for address, e := range going {
		name := destroying(address)
		out[name] = nil
		for other, o := range going {
			if slices.Contains(o.needs, e.block) {
				out[name] = append(out[name], destroying(other))
			}
		}
	}
	for block, b := range w.config.blocks {
		out[block] = slices.Clone(b.needs)
		for address, e := range going {
			if e.block == block || slices.Contains(madeFrom[block], e.block) {
				out[block] = append(out[block], destroying(address))
			}
		}
	}
	return out
}
