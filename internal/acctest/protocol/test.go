// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// run is a running test case.
type run struct {
	t       testing.TB
	factory Factory
	config  *configuration // of the last step that had one
	state   map[string]entry
}

// Test runs a test case as resource.Test does, without a CLI: the same steps, plans, checks and imports in the same order, with the
// protocol's requests. It supports the part of Terraform's language that tests of a provider need, and fails a test that needs more.
// Tests about Terraform itself (its output, moved and removed blocks, outputs, other providers) must use resource.Test.
func Test(t *testing.T, c resource.TestCase) {
	t.Helper()
	lessCollection()
	if len(c.ProtoV6ProviderFactories) != 1 {
		t.Fatal("several providers need a test with a CLI")
	}
	r := &run{t: t, state: map[string]entry{}}
	for _, factory := range c.ProtoV6ProviderFactories {
		r.factory = factory
	}
	defer r.end(c.CheckDestroy) // whatever happens before
	for i, step := range c.Steps {
		r.supported(step)
		if step.PreConfig != nil {
			step.PreConfig()
		}
		err := r.step(step)
		switch {
		case step.ExpectError == nil && err != nil:
			t.Fatalf("step %d of %d: %s", i+1, len(c.Steps), err)
		case step.ExpectError != nil && err == nil:
			t.Fatalf("step %d of %d: no error, but expected was %s", i+1, len(c.Steps), step.ExpectError)
		case step.ExpectError != nil && !step.ExpectError.MatchString(err.Error()):
			t.Fatalf("step %d of %d: expected was %s, but it is: %s", i+1, len(c.Steps), step.ExpectError, err)
		}
	}
}

// lessCollection lets the heap grow further between collections: with several simulators in it the collector would take a third of the
// time.
var lessCollection = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
})

// supported fails the test where a step has a field that would be ignored.
func (r *run) supported(step resource.TestStep) {
	r.t.Helper()
	known := []string{"Config", "PreConfig", "Check", "ExpectError", "PlanOnly", "ConfigPlanChecks", "ExpectNonEmptyPlan", "ResourceName",
		"Taint", "Destroy", "RefreshState", "ImportState", "ImportStateKind", "ImportPlanChecks", "ImportStateId", "ImportStateIdFunc",
		"ImportStateVerify", "ImportStateVerifyIgnore"}
	for field, value := range reflect.ValueOf(step).Fields() {
		if !value.IsZero() && !slices.Contains(known, field.Name) {
			r.t.Fatalf("a step with %s needs a test with a CLI", field.Name)
		}
	}
}

func (r *run) step(step resource.TestStep) error {
	r.t.Helper()
	if step.Config != "" {
		config, err := parse(step.Config)
		if err != nil {
			return err
		}
		r.config = config
	}
	for _, address := range step.Taint {
		e := r.state[address]
		e.Tainted = true
		r.state[address] = e
	}
	switch {
	case step.ImportState:
		return r.importing(step)
	case step.RefreshState:
		return r.refreshing(step)
	}
	if !step.PlanOnly {
		if err := r.applying(step); err != nil {
			return err
		}
	}
	return r.settled(step)
}

// walk returns a walk with its own provider, as in every start of Terraform.
func (r *run) walk(config *configuration, state map[string]entry) (*walk, error) {
	r.t.Helper()
	provider := New(r.t, r.factory)
	schema := provider.schemas.Provider
	settings, err := Decode(config.provider, schema, nil)
	if err != nil {
		return nil, err
	}
	if err := diagnosticsError("the provider", provider.Configure(settings)); err != nil {
		return nil, err
	}
	return newWalk(r.t, provider, config, state), nil
}

// configured returns the configuration, or an empty one to destroy everything.
func (r *run) configured(destroy bool) *configuration {
	if !destroy {
		return r.config
	}
	return &configuration{provider: r.config.provider}
}

// planning plans from the present state.
func (r *run) planning(refresh, destroy bool) (*walk, error) {
	r.t.Helper()
	w, err := r.walk(r.configured(destroy), r.state)
	if err != nil {
		return nil, err
	}
	w.refresh = refresh
	return w, w.plan()
}

// applying plans, applies, and checks the result.
func (r *run) applying(step resource.TestStep) error {
	r.t.Helper()
	planned, err := r.planning(true, step.Destroy)
	if err != nil {
		return err
	}
	if err := r.plansAre(planned, step.ConfigPlanChecks.PreApply); err != nil {
		return err
	}
	before := r.states()
	w, err := r.walk(planned.config, planned.state)
	if err != nil {
		return err
	}
	err = w.apply(planned.changes)
	r.state = w.state
	if err != nil || step.Check == nil {
		return err
	}
	if step.Destroy {
		return step.Check(before)
	}
	return step.Check(r.states())
}

// settled requires empty plans, one without a refresh and one with it.
func (r *run) settled(step resource.TestStep) error {
	r.t.Helper()
	for _, refresh := range []bool{false, true} {
		w, err := r.planning(refresh, step.Destroy)
		if err != nil {
			return err
		}
		checks := step.ConfigPlanChecks.PostApplyPreRefresh
		if refresh {
			checks = step.ConfigPlanChecks.PostApplyPostRefresh
		}
		if err := r.plansAre(w, checks); err != nil {
			return err
		}
		does := w.does()
		if does != "" && !step.ExpectNonEmptyPlan {
			return fmt.Errorf("the plan (refresh %t) is not empty: %s", refresh, does)
		}
		if refresh && does == "" && step.ExpectNonEmptyPlan {
			return errors.New("the plan is empty")
		}
	}
	return nil
}

func (r *run) plansAre(w *walk, checks []plancheck.PlanCheck) error {
	for _, check := range checks {
		var resp plancheck.CheckPlanResponse
		check.CheckPlan(context.Background(), plancheck.CheckPlanRequest{Plan: w.json()}, &resp)
		if resp.Error != nil {
			return resp.Error
		}
	}
	return nil
}

// refreshing refreshes the state and plans.
func (r *run) refreshing(step resource.TestStep) error {
	r.t.Helper()
	w, err := r.planning(true, false)
	if err != nil {
		return err
	}
	r.state = w.state
	if step.Check != nil {
		if err := step.Check(r.states()); err != nil {
			return err
		}
	}
	if w, err = r.planning(true, false); err != nil {
		return err
	}
	if does := w.does(); does != "" && !step.ExpectNonEmptyPlan {
		return fmt.Errorf("the plan is not empty: %s", does)
	}
	return nil
}

// end destroys what is left, and checks that it is gone.
func (r *run) end(check resource.TestCheckFunc) {
	r.t.Helper()
	before := r.states()
	if r.config != nil {
		if err := r.destroy(); err != nil {
			r.t.Errorf("destroying everything at the end: %s", err)
			return
		}
	}
	if check != nil && !r.t.Failed() {
		if err := check(before); err != nil {
			r.t.Errorf("after everything was destroyed: %s", err)
		}
	}
}

// destroy destroys everything in the state, without a refresh.
func (r *run) destroy() error {
	planned, err := r.planning(false, true)
	if err != nil {
		return err
	}
	w, err := r.walk(planned.config, planned.state)
	if err != nil {
		return err
	}
	return w.apply(planned.changes)
}

// states returns the state in the form for checks of the test framework.
func (r *run) states() *terraform.State {
	module := &terraform.ModuleState{Path: []string{"root"}, Resources: map[string]*terraform.ResourceState{},
		Outputs: map[string]*terraform.OutputState{}}
	for address, e := range r.state {
		attributes := flat(e.State)
		name := strings.NewReplacer("[", ".", "]", "").Replace(address) // the framework's form of addresses with count
		module.Resources[name] = &terraform.ResourceState{Type: e.Type, Provider: "novasphere",
			Primary: &terraform.InstanceState{ID: attributes["id"], Attributes: attributes, Tainted: e.Tainted}}
	}
	return &terraform.State{Version: 3, Modules: []*terraform.ModuleState{module}}
}
