// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// picture draws an example's networks, tiers and the questions between them as a Mermaid flowchart, from the locals that the example is
// made of.
func picture(file string) (string, error) {
	locals, err := localsOf(file)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n  anybody([anybody])\n")
	for _, network := range entries(locals["networks"]) {
		vlan, _ := network.value.GetAttr("vlan").AsBigFloat().Int64()
		fmt.Fprintf(&b, "  subgraph %s[\"%s: VLAN %d, %s\"]\n", network.key, network.key, vlan, network.value.GetAttr("cidr").AsString())
		tiers := map[string][]string{}
		for _, instance := range entries(locals["instances"]) {
			if instance.value.GetAttr("network").AsString() == network.key {
				tier := instance.value.GetAttr("tier").AsString()
				tiers[tier] = append(tiers[tier], instance.key)
			}
		}
		for _, tier := range sorted(tiers) {
			fmt.Fprintf(&b, "    %s[\"%s\"]\n", tier, strings.Join(tiers[tier], "<br>"))
		}
		b.WriteString("  end\n")
	}
	for _, q := range entries(locals["questions"]) {
		port, _ := q.value.GetAttr("port").AsBigFloat().Int64()
		fmt.Fprintf(&b, "  %s -->|%s, tcp %d| %s\n", q.value.GetAttr("from").AsString(), q.key, port, q.value.GetAttr("tier").AsString())
	}
	return b.String() + "```\n", nil
}

// localsOf evaluates the locals of a configuration that refer to nothing else.
func localsOf(file string) (map[string]cty.Value, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	parsed, diags := hclsyntax.ParseConfig(text, file, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	scope := &hcl.EvalContext{Functions: map[string]function.Function{"merge": stdlib.MergeFunc, "range": stdlib.RangeFunc}}
	out := map[string]cty.Value{}
	body, _ := parsed.Body.(*hclsyntax.Body) // what hclsyntax parses
	for _, b := range body.Blocks {
		if b.Type != "locals" {
			continue
		}
		for name, a := range b.Body.Attributes {
			if out[name], diags = a.Expr.Value(scope); diags.HasErrors() {
				return nil, diags
			}
		}
	}
	if len(out) == 0 {
		return nil, errors.New(file + " has no locals")
	}
	return out, nil
}

// entry is one of an object's, in the order of their keys.
type entry struct {
	key   string
	value cty.Value
}

func entries(of cty.Value) (out []entry) {
	for key, value := range of.AsValueMap() {
		out = append(out, entry{key, value})
	}
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return out
}
