// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// addressOf returns the address that a traversal refers to: data.kind.name, kind.name, or local.name and similar.
func addressOf(traversal hcl.Traversal) string {
	out := traversal.RootName()
	parts := 1
	if out == "data" {
		parts = 2
	}
	for _, step := range traversal[1:] {
		name, is := step.(hcl.TraverseAttr)
		if !is || parts == 0 {
			break
		}
		out += "." + name.Name
		parts--
	}
	return out
}

// localOf returns the local value that a traversal refers to, if any.
func (c *configuration) localOf(traversal hcl.Traversal) (name string, is bool) {
	if name, is = strings.CutPrefix(addressOf(traversal), "local."); is {
		_, is = c.locals[name]
	}
	return name, is
}

// references returns the addresses of the blocks that a node refers to.
func (c *configuration) references(in hclsyntax.Node, seen map[string]bool) map[string]bool {
	out := map[string]bool{}
	_ = hclsyntax.VisitAll(in, func(node hclsyntax.Node) hcl.Diagnostics {
		if expression, is := node.(*hclsyntax.ScopeTraversalExpr); is {
			address := addressOf(expression.Traversal)
			if c.blocks[address] != nil {
				out[address] = true
			}
			if local, is := c.localOf(expression.Traversal); is && !seen[address] {
				seen[address] = true
				maps.Copy(out, c.references(c.locals[local].(hclsyntax.Node), seen))
			}
		}
		return nil
	})
	return out
}

// needed returns all blocks that a block needs, directly or not.
func (c *configuration) needed(address string) []string {
	out := map[string]bool{}
	var visit func(string)
	visit = func(at string) {
		for _, next := range c.blocks[at].needs {
			if !out[next] {
				out[next] = true
				visit(next)
			}
		}
	}
	visit(address)
	return slices.Sorted(maps.Keys(out))
}
