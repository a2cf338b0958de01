// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

var (
	variable = regexp.MustCompile("`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)`")
	unset    = regexp.MustCompile(`(?s)Unset: (.*?)\.(?: |$)`)
)

// arguments renders the arguments of the provider block, and of the blocks in it, with the variables that stand in for them and what they
// are where nothing is given. All three are in the descriptions, which are made of the tables that the provider reads.
func arguments(block *tfprotov6.SchemaBlock) string {
	var b strings.Builder
	b.WriteString("| Argument | Environment, the first that is set | Unset |\n|---|---|---|\n")
	b.WriteString(rows("", block.Attributes))
	blocks := slices.Clone(block.BlockTypes)
	slices.SortFunc(blocks, func(a, b *tfprotov6.SchemaNestedBlock) int { return strings.Compare(a.TypeName, b.TypeName) })
	for _, nested := range blocks {
		b.WriteString(rows(nested.TypeName+".", ownOf(block, nested)))
	}
	return b.String()
}

// region is the block that has every argument of the provider block once more, for one vCenter of several.
const region = "region"

// ownOf returns the arguments of a nested block: of a region's those alone that the provider block does not have.
func ownOf(block *tfprotov6.SchemaBlock, nested *tfprotov6.SchemaNestedBlock) []*tfprotov6.SchemaAttribute {
	if nested.TypeName != region {
		return nested.Block.Attributes
	}
	return slices.DeleteFunc(slices.Clone(nested.Block.Attributes), func(a *tfprotov6.SchemaAttribute) bool {
		return slices.ContainsFunc(block.Attributes, func(outer *tfprotov6.SchemaAttribute) bool { return outer.Name == a.Name })
	})
}

func rows(before string, attributes []*tfprotov6.SchemaAttribute) string {
	var b strings.Builder
	sorted := slices.Clone(attributes)
	slices.SortFunc(sorted, func(a, b *tfprotov6.SchemaAttribute) int { return strings.Compare(a.Name, b.Name) })
	for _, a := range sorted {
		text, environment, _ := strings.Cut(a.Description, "Environment: ")
		var names []string
		for _, name := range variable.FindAllStringSubmatch(environment, -1) {
			names = append(names, "`"+name[1]+"`")
		}
		otherwise := ""
		if found := unset.FindStringSubmatch(text); found != nil {
			otherwise = strings.ReplaceAll(found[1], "|", `\|`)
		}
		if a.Required {
			otherwise = "required"
		}
		fmt.Fprintf(&b, "| `%s%s` | %s | %s |\n", before, a.Name, strings.Join(names, ", "), otherwise)
	}
	return b.String()
}
