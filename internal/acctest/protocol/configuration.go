// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// configuration is the configuration of a test's step. It supports the part of Terraform's language that tests of a provider need: one
// provider, resources, data sources and locals, count, for_each, depends_on, dynamic blocks, and import blocks with a literal id.
type configuration struct {
	provider hcl.Body
	locals   map[string]hcl.Expression
	blocks   map[string]*block
	imports  map[string]string // ids, by the addresses of instances
}

// parse parses a configuration. A test that needs an unsupported feature must use a CLI.
func parse(text string) (*configuration, error) {
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	c := &configuration{locals: map[string]hcl.Expression{}, blocks: map[string]*block{}, imports: map[string]string{}}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		if err := c.take(b); err != nil {
			return nil, err
		}
	}
	if c.provider == nil {
		c.provider = hcl.EmptyBody()
	}
	if err := c.undeclared(file.Body.(*hclsyntax.Body)); err != nil {
		return nil, err
	}
	for _, b := range c.blocks {
		refers := c.references(b.body.(*hclsyntax.Body), map[string]bool{})
		b.needs = slices.Sorted(maps.Keys(refers))
	}
	return c, nil
}

// take reads a block of any type.
func (c *configuration) take(b *hclsyntax.Block) error {
	switch b.Type {
	case "provider":
		if c.provider != nil {
			return errors.New("two providers need a test with a CLI")
		}
		c.provider = b.Body
	case "locals":
		for name, attribute := range b.Body.Attributes {
			c.locals[name] = attribute.Expr
		}
	case "resource", "data":
		return c.add(b)
	case "import":
		return c.addImport(b)
	default:
		return fmt.Errorf("a block %s needs a test with a CLI", b.Type)
	}
	return nil
}

func (c *configuration) add(b *hclsyntax.Block) error {
	if slices.ContainsFunc(b.Body.Blocks, func(inner *hclsyntax.Block) bool { return inner.Type == "lifecycle" }) {
		return errors.New("a lifecycle block needs a test with a CLI")
	}
	out := &block{kind: b.Labels[0], name: b.Labels[1], data: b.Type == "data", body: b.Body}
	if out.address = out.kind + "." + out.name; out.data {
		out.address = "data." + out.address
	}
	content, _, diags := b.Body.PartialContent(own)
	if diags.HasErrors() {
		return diags
	}
	for name, attribute := range content.Attributes {
		switch name {
		case "count":
			out.count = attribute.Expr
		case "for_each":
			out.each = attribute.Expr
		case "depends_on":
			for _, traversal := range attribute.Expr.Variables() {
				out.after = append(out.after, addressOf(traversal))
			}
		}
	}
	c.blocks[out.address] = out
	return nil
}

// addImport reads an import block with a literal id, for a resource without count or for_each.
func (c *configuration) addImport(b *hclsyntax.Block) error {
	to, id := b.Body.Attributes["to"], b.Body.Attributes["id"]
	if to == nil || id == nil || len(b.Body.Attributes) != 2 || len(to.Expr.Variables()) != 1 || len(to.Expr.Variables()[0]) != 2 {
		return errors.New("this import block needs a test with a CLI")
	}
	value, diags := id.Expr.Value(nil)
	if diags.HasErrors() {
		return diags
	}
	c.imports[addressOf(to.Expr.Variables()[0])] = value.AsString()
	return nil
}

// undeclared returns an error if a reference has no target in the configuration, in Terraform's words.
func (c *configuration) undeclared(in hclsyntax.Node) error {
	var out error
	_ = hclsyntax.VisitAll(in, func(node hclsyntax.Node) hcl.Diagnostics {
		if expression, is := node.(*hclsyntax.ScopeTraversalExpr); is {
			address := addressOf(expression.Traversal)
			if c.blocks[address] == nil && (strings.HasPrefix(address, "data.") || strings.HasPrefix(address, "novasphere_")) {
				//nolint:staticcheck // Terraform's words
				out = fmt.Errorf("Error: Reference to undeclared resource: %s has not been declared in the root module", address)
			}
		}
		return nil
	})
	return out
}
