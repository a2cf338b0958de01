// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// flat converts an object into a map with a key for each value, the form for checks of the test framework: network.#, network.0.name.
func flat(v tftypes.Value) map[string]string {
	out := map[string]string{}
	flatten(out, "", plain(ctyValue(v)))
	delete(out, "%")
	return out
}

func flatten(out map[string]string, key string, v any) {
	under := func(name string) string {
		if key == "" {
			return name
		}
		return key + "." + name
	}
	switch v := v.(type) {
	case nil:
	case bool:
		out[key] = strconv.FormatBool(v)
	case json.Number:
		out[key] = v.String()
	case string:
		out[key] = v
	case map[string]any:
		for name, element := range v {
			flatten(out, under(name), element)
		}
		out[under("%")] = strconv.Itoa(len(v))
	case []any:
		for i, element := range v {
			flatten(out, under(strconv.Itoa(i)), element)
		}
		out[under("#")] = strconv.Itoa(len(v))
	}
}

// plain converts a value to maps, lists, texts and numbers, without unknown parts.
func plain(v cty.Value) any {
	known, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.NullVal(v.Type()), nil
		}
		return v, nil
	})
	if err != nil {
		panic(err)
	}
	text, err := ctyjson.Marshal(known, known.Type())
	if err != nil {
		panic(err)
	}
	var out any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&out); err != nil {
		panic(err)
	}
	return out
}

// unknown marks the unknown parts of a value as Terraform's plans in JSON do; nil where all of it is known.
func unknown(v cty.Value) any {
	switch {
	case !v.IsKnown():
		return true
	case v.IsNull() || v.IsWhollyKnown():
		return nil
	case v.Type().IsObjectType() || v.Type().IsMapType():
		out := map[string]any{}
		for key, element := range v.AsValueMap() {
			if not := unknown(element); not != nil {
				out[key] = not
			}
		}
		return out
	}
	out := []any{}
	for _, element := range v.AsValueSlice() {
		if not := unknown(element); not != nil {
			out = append(out, not)
		} else {
			out = append(out, false)
		}
	}
	return out
}

// actions maps the actions of a plan to Terraform's names.
var actions = map[string]tfjson.Actions{Nothing: {tfjson.ActionNoop}, Create: {tfjson.ActionCreate}, Update: {tfjson.ActionUpdate},
	Replace: {tfjson.ActionDelete, tfjson.ActionCreate}, Delete: {tfjson.ActionDelete}}

// json returns the plan in the form for plan checks of the test framework.
func (w *walk) json() *tfjson.Plan {
	out := &tfjson.Plan{}
	for _, address := range slices.Sorted(maps.Keys(w.changes)) {
		c := w.changes[address]
		if c.data {
			continue
		}
		after := ctyValue(c.Planned)
		change := &tfjson.Change{Actions: actions[c.Action], Before: plain(ctyValue(c.Prior.State)), After: plain(after),
			AfterUnknown: unknown(after)}
		if change.AfterUnknown == nil {
			change.AfterUnknown = map[string]any{}
		}
		sensitive := map[string]any{}
		for _, a := range w.provider.schema(c.Type).Block.Attributes {
			if a.Sensitive {
				sensitive[a.Name] = true
			}
		}
		change.AfterSensitive = sensitive
		b := w.config.blocks[c.entry.block]
		name := ""
		if b != nil {
			name = b.name
		}
		out.ResourceChanges = append(out.ResourceChanges, &tfjson.ResourceChange{Address: address, Mode: tfjson.ManagedResourceMode,
			Type: c.Type, Name: name, ProviderName: "novasphere", Change: change})
	}
	return out
}
