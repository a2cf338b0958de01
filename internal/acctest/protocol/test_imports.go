// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// importing imports into an empty state, and compares the result with the state.
func (r *run) importing(step resource.TestStep) error {
	r.t.Helper()
	e, there := r.state[step.ResourceName]
	kind, _, _ := strings.Cut(step.ResourceName, ".")
	id := step.ImportStateId
	var err error
	switch {
	case step.ImportStateIdFunc != nil:
		id, err = step.ImportStateIdFunc(r.states())
	case id == "" && there:
		id = e.Text("id")
	case id == "":
		err = fmt.Errorf("%s is not in the state", step.ResourceName)
	}
	if err != nil {
		return err
	}
	if step.ImportStateKind == resource.ImportBlockWithID {
		return r.importingByBlock(step, id)
	}
	w, err := r.walk(r.config, nil)
	if err != nil {
		return err
	}
	found, all := w.provider.Import(kind, id)
	if err := diagnosticsError(step.ResourceName, all); err != nil {
		return err
	}
	if !found.Exists() {
		return fmt.Errorf("Error: Cannot import non-existent remote object: %s", id) //nolint:staticcheck // Terraform's words
	}
	if !step.ImportStateVerify {
		return nil
	}
	return r.equal(found, step.ImportStateVerifyIgnore)
}

// importingByBlock plans with an import block, from the state without the imported object: the plan must change nothing.
func (r *run) importingByBlock(step resource.TestStep, id string) error {
	r.t.Helper()
	config, state := *r.config, maps.Clone(r.state)
	config.imports = map[string]string{step.ResourceName: id}
	delete(state, step.ResourceName)
	w, err := r.walk(&config, state)
	if err == nil {
		err = w.plan()
	}
	if err != nil {
		return err
	}
	if c := w.changes[step.ResourceName]; c.Action != Nothing && !step.ExpectNonEmptyPlan {
		return fmt.Errorf("importing %s plans to %s it: %s", step.ResourceName, c.Action, w.does())
	}
	return r.plansAre(w, step.ImportPlanChecks.PreApply)
}

// equal compares an imported object with the one of its id in the state. It ignores empty collections and timeouts.
func (r *run) equal(found Object, ignore []string) error {
	var wrong []string
	for address, e := range r.state { // a data source may have found the same object before its last change
		if e.Type != found.Type || e.Text("id") != found.Text("id") || strings.HasPrefix(address, "data.") {
			continue
		}
		want, is := flat(e.State), flat(found.State)
		for key := range maps.Keys(merged(want, is)) {
			empty := (strings.HasSuffix(key, ".#") || strings.HasSuffix(key, ".%")) && strings.Trim(want[key]+is[key], "0") == ""
			ignored := slices.ContainsFunc(append(ignore, "timeouts."), func(prefix string) bool { return strings.HasPrefix(key, prefix) })
			_, wanted := want[key]
			_, there := is[key]
			if !empty && !ignored && (wanted != there || want[key] != is[key]) {
				wrong = append(wrong, fmt.Sprintf("%s is %q in the state and imported as %q", key, want[key], is[key]))
			}
		}
		if len(wrong) > 0 {
			return errors.New(strings.Join(wrong, "; "))
		}
		return nil
	}
	return fmt.Errorf("nothing in the state has the id %s", found.Text("id"))
}

func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
