package faults

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// Noun is what is made, changed and destroyed while calls are broken. Base is there before and stays; the other two are the noun and the
// noun changed, or nothing where it has no change in place.
type Noun struct {
	Name                 string
	Settings             string // arguments of the provider
	Base, Create, Update string
	Options              vcsim.Options
	Prepare              func(t testing.TB, vc *acctest.VCenter) // what somebody else has done before; nil for nothing

	once  sync.Once
	clean map[Verb]outcome
}

// Verb is what is broken.
type Verb string

// The verbs of a resource's life.
const (
	Create  Verb = "create"
	Update  Verb = "update"
	Destroy Verb = "destroy"
)

// Verbs are those of a noun.
func (n *Noun) Verbs() []Verb {
	if n.Update == "" {
		return []Verb{Create, Destroy}
	}
	return []Verb{Create, Update, Destroy}
}

// outcome is what a verb leaves where nothing is broken.
type outcome struct {
	calls     []string
	inventory Inventory
	addresses []string
	after     *outcome // once the noun is destroyed again; nil where that is the verb
}

// Beside has workspaces carry their verbs out at the same time, on one vCenter, while some calls are broken; users then follow what the
// errors say, and what is left is compared with what it is without a fault. All nouns have one vCenter's options, and no base.
func Beside(t testing.TB, nouns []*Noun, verbs []Verb, tamper func(vc *acctest.VCenter) vcsim.Tampering,
	clean map[Verb]Inventory) (out map[Verb]Verdict) {
	t.Helper()
	vc := acctest.Start(t, nouns[0].Options)
	stages := make([]*stage, len(nouns))
	for i, n := range nouns {
		stages[i] = &stage{t: t, noun: n, vc: vc, ws: NewWorkspace(t)}
	}
	out = map[Verb]Verdict{}
	for _, v := range verbs {
		failed := make([]error, len(stages))
		vc.Tamper(tamper(vc))
		var all sync.WaitGroup
		for i, s := range stages {
			s.configure(s.noun.aim(v))
			all.Go(func() { failed[i] = s.ws.Apply() })
		}
		all.Wait()
		vc.Tamper(nil)
		verdict := Verdict{Call: "some"}
		for i, s := range stages {
			if s.converge(failed[i], &verdict); !verdict.Converges {
				break
			}
		}
		if clean[v] == nil {
			clean[v] = stages[0].look()
		}
		verdict.compare(clean[v], stages[0])
		if out[v] = verdict; !verdict.Good() {
			return out
		}
	}
	return out
}

// stage is a vCenter with a workspace, at work on a noun.
type stage struct {
	t    testing.TB
	noun *Noun
	vc   *acctest.VCenter
	ws   *protocol.Workspace
	most int // how many applies a user may need; mostApplies where that is more
}

// newStage starts a vCenter of its own.
func newStage(t testing.TB, n *Noun) *stage {
	t.Helper()
	vc := acctest.Start(t, n.Options)
	if n.Prepare != nil {
		n.Prepare(t, vc)
	}
	return &stage{t: t, noun: n, vc: vc, ws: NewWorkspace(t)}
}

// version is what a provider that a CLI starts says of itself: its objects are to be equal to those of the tests' own provider.
const version = "dev"

// NewWorkspace is a workspace whose commands have a provider each, which logs out at their end.
func NewWorkspace(t testing.TB) *protocol.Workspace {
	t.Helper()
	return protocol.NewWorkspace(t, func() (protocol.Factory, func()) {
		p := provider.New(version)
		return func() (protocol.Server, error) { return p.Server(), nil }, func() {
			ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
			defer stop()
			_ = p.Close(ctx) // that a session stays because its end was broken is the vCenter's to notice
		}
	})
}

// text is the whole configuration, with what is there before.
func (s *stage) text(rest string) string { return s.vc.Config(s.noun.Settings, s.noun.Base+rest) }

func (s *stage) configure(rest string) {
	s.t.Helper()
	s.ws.Configure(s.text(rest))
}

// must applies where nothing is broken.
func (s *stage) must(rest string) {
	s.t.Helper()
	s.configure(rest)
	if err := s.ws.Apply(); err != nil {
		s.t.Fatalf("without a fault: %s", err)
	}
}

// begin brings about what is there before the verb, and configures what is to be after it.
func (s *stage) begin(v Verb) {
	s.t.Helper()
	if s.noun.Base != "" {
		s.must("")
	}
	if v != Create {
		s.must(s.noun.Create)
	}
	s.configure(s.noun.aim(v))
}

// aim is what a verb brings about.
func (n *Noun) aim(v Verb) string { return map[Verb]string{Create: n.Create, Update: n.Update}[v] }

// Clean carries a noun's verbs out without a fault, once, and gives the calls of each.
func (n *Noun) Clean(t testing.TB) map[Verb][]string {
	t.Helper()
	n.once.Do(func() {
		n.clean = map[Verb]outcome{}
		for _, v := range n.Verbs() {
			n.clean[v] = n.cleanly(t, v)
		}
	})
	out := map[Verb][]string{}
	for v, o := range n.clean {
		out[v] = o.calls
	}
	if len(out) != len(n.Verbs()) {
		t.Fatal("the clean run has failed")
	}
	return out
}

func (n *Noun) cleanly(t testing.TB, v Verb) outcome {
	t.Helper()
	own := &scope{TB: t}
	defer own.end()
	s := newStage(own, n)
	s.begin(v)
	counter := Count(s.vc, 0, nil)
	err := s.ws.Apply()
	s.vc.Tamper(nil)
	if err == nil {
		err = s.empty()
	}
	if err != nil {
		t.Fatalf("%s of %s without a fault: %s", v, n.Name, err)
	}
	out := outcome{calls: counter.Names(), inventory: s.look(), addresses: managed(s.ws)}
	if v != Destroy {
		s.must("")
		out.after = &outcome{inventory: s.look(), addresses: managed(s.ws)}
	}
	return out
}

// scope is a part of a test that cleans up at its own end: a vCenter takes tens of megabytes.
type scope struct {
	testing.TB
	mu    sync.Mutex
	after []func()
}

// Cleanup has something done at the scope's end.
func (s *scope) Cleanup(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = append(s.after, f)
}

func (s *scope) end() {
	for _, f := range slices.Backward(s.after) {
		f()
	}
}

func (s *stage) look() Inventory {
	s.t.Helper()
	have, err := Look(s.t.Context(), s.vc)
	if err != nil {
		s.t.Fatal(err)
	}
	return have
}

// empty is an error where a plan would do something.
func (s *stage) empty() error {
	s.t.Helper()
	does, err := s.ws.Plan()
	if err == nil && does != "" {
		err = fmt.Errorf("the plan is not empty: %s", does)
	}
	return err
}

// Verdict is what has come of a fault.
type Verdict struct {
	Call                  string // which was broken; empty where the run had not so many
	Converges             bool
	Applies               int // that it took after the broken one
	Lost, Leaked, Doubled []string
	Story                 []string // what the applies said
}

// Good says whether nothing is wrong.
func (v Verdict) Good() bool {
	return v.Converges && len(v.Lost)+len(v.Leaked)+len(v.Doubled) == 0
}

// Play breaks the call of a number, counted from one, during a verb, lets a user follow what the errors say, and looks.
func Play(t testing.TB, n *Noun, v Verb, call int, fault Fault) (out Verdict) {
	t.Helper()
	s := newStage(t, n)
	s.begin(v)
	counter := Count(s.vc, call, func(_ string, next http.Handler, w http.ResponseWriter, r *http.Request) {
		fault.Break(s.vc, next, w, r)
	})
	err := s.ws.Apply()
	s.vc.Tamper(nil)
	out.Call = counter.Struck()
	s.end(v, err, &out)
	return out
}

// Command carries a verb out by a CLI, which run starts in its workspace and waits for, while tamper stands before the vCenter. A user then
// follows what the errors say, and what has come of it is looked at.
func Command(t testing.TB, n *Noun, v Verb, at int, tamper vcsim.Tampering, run func(ws *acctest.Workspace) error) (out Verdict) {
	t.Helper()
	s := newStage(t, n)
	s.begin(v)
	outside := s.vc.NewWorkspace(t, &acctest.Wire{Server: s.vc.Server(), CAFile: s.vc.CAFile}, s.text(n.aim(v)))
	s.ws.WriteState(outside.StateFile(), outside.ProviderAddress())
	counter := Count(s.vc, at, tamper)
	if err := run(outside); err != nil {
		out.Story = append(out.Story, err.Error())
	}
	s.vc.Tamper(nil)
	out.Call = counter.Struck()
	if !s.ws.ReadState(outside.StateFile()) {
		out.Story = append(out.Story, "the CLI was killed while it wrote the state: its backup is used")
		s.most = mostFromBackup
	}
	s.end(v, nil, &out)
	return out
}

// end lets a user go on after a verb has ended with err, and judges.
func (s *stage) end(v Verb, err error, out *Verdict) {
	s.t.Helper()
	s.converge(err, out)
	clean := s.noun.clean[v]
	if s.judge(clean, out); clean.after != nil && out.Good() {
		s.configure("")
		s.converge(s.ws.Apply(), out)
		s.judge(*clean.after, out)
	}
}

// mostApplies is how many applies a user needs after a fault: one may say what it met, the next adopts it, and one is spare.
const mostApplies = 3

// mostFromBackup is how many a user needs whose state knows nothing of a whole command: each finds what stands on what the one before has
// adopted.
const mostFromBackup = 8

// converge applies with the import blocks that errors print until a plan is empty.
func (s *stage) converge(err error, out *Verdict) {
	s.t.Helper()
	out.Converges = false
	for applies := 0; ; applies++ {
		if err != nil {
			out.Story = append(out.Story, err.Error())
		} else if err = s.empty(); err == nil {
			out.Converges, out.Applies = true, max(out.Applies, applies)
			return
		} else {
			out.Story = append(out.Story, "planned: "+err.Error())
		}
		if applies == max(s.most, mostApplies) {
			return
		}
		for address, id := range Imports(err, s.ws.Referred) { // beside those of the plans that were refused since the last apply
			out.Story = append(out.Story, "import "+address+" "+id)
			s.ws.Import(address, id)
		}
		err = s.ws.Apply()
		s.ws.ForgetImports() // of what is in the state
	}
}

var importBlock = regexp.MustCompile(`import \{\s+to\s+= ([\w.]+)\.ADDRESS\s+id\s+= "([^"]+)"\s+\}`)

// Imports are the import blocks in what an apply has ended with, by the address of whom it is about: of the resource that failed, or of the
// one of the block's type that it refers to.
func Imports(err error, referred func(address, kind string) string) map[string]string {
	out := map[string]string{}
	for _, f := range protocol.Failures(err) {
		for _, found := range importBlock.FindAllStringSubmatch(f.Text, -1) {
			address := f.Address
			if !strings.HasPrefix(address, found[1]+".") {
				address = referred(address, found[1])
			}
			if address != "" {
				out[address] = found[2]
			}
		}
	}
	return out
}

// patience is how long a vCenter may go on with what it has been asked for.
const patience = 5 * time.Second

// judge compares what is there with what a run without a fault leaves.
func (s *stage) judge(want outcome, out *Verdict) {
	s.t.Helper()
	out.compare(want.inventory, s)
	if !slices.Equal(managed(s.ws), want.addresses) && out.Converges { // an apply that has nothing to do writes what the plan has read
		if err := s.ws.Apply(); err != nil {
			out.Story = append(out.Story, "an apply with nothing to do: "+err.Error())
		}
	}
	if have := managed(s.ws); !slices.Equal(have, want.addresses) {
		out.Lost = append(out.Lost, fmt.Sprintf("the state has %v, not %v", have, want.addresses))
	}
}

// compare notes what the vCenter has that it should not have, and what it lacks.
func (v *Verdict) compare(want Inventory, s *stage) {
	s.t.Helper()
	var more, missing []string
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if more, missing = Differences(want, s.look()); len(more)+len(missing) == 0 || time.Now().After(end) || !v.Converges {
			break
		}
	}
	for _, line := range more {
		if slices.Contains(want, line) {
			v.Doubled = append(v.Doubled, line)
		} else {
			v.Leaked = append(v.Leaked, line)
		}
	}
	v.Lost = append(v.Lost, missing...)
}

// managed are the resources in a state.
func managed(ws *protocol.Workspace) []string {
	return slices.DeleteFunc(ws.Addresses(), func(address string) bool { return strings.HasPrefix(address, "data.") })
}
