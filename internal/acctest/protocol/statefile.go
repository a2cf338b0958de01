// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// stateFile is a state in the file format of Terraform and OpenTofu, version 4.
type stateFile struct {
	Version   int              `json:"version"`
	Terraform string           `json:"terraform_version"`
	Serial    int              `json:"serial"`
	Lineage   string           `json:"lineage"`
	Outputs   map[string]any   `json:"outputs"`
	Resources []*stateResource `json:"resources"`
}

type stateResource struct {
	Mode      string          `json:"mode"` // "managed" or "data"
	Type      string          `json:"type"`
	Name      string          `json:"name"`
	Provider  string          `json:"provider"`
	Instances []stateInstance `json:"instances"`
}

type stateInstance struct {
	Key          any             `json:"index_key,omitempty"` // a number, a text, or nothing
	Status       string          `json:"status,omitempty"`    // "tainted"
	Schema       int64           `json:"schema_version"`
	Attributes   json.RawMessage `json:"attributes"`
	Private      []byte          `json:"private,omitempty"`
	Dependencies []string        `json:"dependencies,omitempty"`
}

// WriteState writes the state to a file, for a CLI that knows this provider by an address: registry.terraform.io/namespace/type.
func (w *Workspace) WriteState(file, provider string) {
	w.t.Helper()
	out := stateFile{Version: 4, Terraform: "1.11.4", Serial: 1, Lineage: "00000000-0000-4000-8000-000000000000", Outputs: map[string]any{},
		Resources: []*stateResource{}}
	schemas := w.described()
	for _, address := range w.Addresses() {
		e := w.state[address]
		attributes, err := json.Marshal(plain(ctyValue(e.State)))
		if err != nil {
			w.t.Fatal(err)
		}
		kind, name, _ := strings.Cut(strings.TrimPrefix(e.block, "data."), ".")
		instance := stateInstance{Key: plainKey(e.key), Attributes: attributes, Private: e.Private, Dependencies: e.needs}
		if e.Tainted {
			instance.Status = "tainted"
		}
		mode := "managed"
		if strings.HasPrefix(e.block, "data.") {
			mode = "data"
			instance.Dependencies = nil
		} else {
			instance.Schema = schemas.schema(kind).Version
		}
		same := func(r *stateResource) bool { return r.Mode == mode && r.Type == kind && r.Name == name }
		if i := slices.IndexFunc(out.Resources, same); i >= 0 {
			out.Resources[i].Instances = append(out.Resources[i].Instances, instance)
			continue
		}
		out.Resources = append(out.Resources, &stateResource{mode, kind, name, fmt.Sprintf("provider[%q]", provider), []stateInstance{instance}})
	}
	text, err := json.Marshal(out)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Stored returns an object's attributes as a state file has them.
func (o Object) Stored() map[string]any {
	stored, _ := plain(ctyValue(o.State)).(map[string]any)
	return stored
}

// plainKey returns the key of an instance, or nil for a resource without count or for_each.
func plainKey(key cty.Value) any {
	switch key.Type() {
	case cty.Number:
		n, _ := key.AsBigFloat().Int64()
		return n
	case cty.String:
		return key.AsString()
	}
	return nil
}

// ReadState loads the state that a CLI has written to a file, for the present configuration. whole is false for part of a state, which a
// CLI leaves that was killed while it wrote: the user then takes the backup, the state from before the command.
func (w *Workspace) ReadState(file string) (whole bool) {
	w.t.Helper()
	w.state = map[string]entry{}
	in, err := readState(file)
	if whole = err == nil; !whole {
		in, err = readState(file + ".backup")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	schemas := w.described()
	for _, r := range in.Resources {
		block := r.Type + "." + r.Name
		if r.Mode == "data" {
			continue // each command reads data sources anew
		}
		for _, i := range r.Instances {
			e := entry{Object: schemas.upgraded(r.Type, i), block: block, needs: i.Dependencies}
			address := block
			switch key := i.Key.(type) {
			case float64:
				e.key, address = cty.NumberIntVal(int64(key)), fmt.Sprintf("%s[%d]", block, int64(key))
			case string:
				e.key, address = cty.StringVal(key), fmt.Sprintf("%s[%q]", block, key)
			}
			w.state[address] = e
		}
	}
	return whole
}

func readState(file string) (in stateFile, err error) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	return in, err
}

// described returns a provider that is not configured, for its schemas.
func (w *Workspace) described() *Provider {
	w.t.Helper()
	defer w.close()
	return New(w.t, w.factory)
}

// upgraded reads an instance of a state as Terraform does: the provider upgrades it to its present schema.
func (p *Provider) upgraded(kind string, i stateInstance) Object {
	p.t.Helper()
	resp, err := p.server.UpgradeResourceState(p.t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: kind, Version: i.Schema,
		RawState: &tfprotov6.RawState{JSON: i.Attributes}})
	if err != nil {
		p.t.Fatal(err)
	}
	if failed := Errors(p.answer(Reading, resp.Diagnostics)); len(failed) > 0 {
		p.t.Fatal(failed)
	}
	return Object{Type: kind, State: p.value(p.schema(kind).ValueType(), resp.UpgradedState), Private: i.Private,
		Tainted: i.Status == "tainted"}
}
