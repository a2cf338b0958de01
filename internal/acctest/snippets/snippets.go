// SPDX-License-Identifier: MPL-2.0

// Package snippets validates what documentation shows of configurations, without a CLI: parts, whose other parts are not there.
package snippets

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// ours begins the types of the provider.
const ours = "novasphere_"

// Checker asks a provider about snippets. It is not configured.
type Checker struct {
	t       testing.TB
	server  protocol.Server
	schemas *tfprotov6.GetProviderSchemaResponse
}

// New returns a checker that asks a provider's server.
func New(t testing.TB, server protocol.Server) *Checker {
	t.Helper()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &Checker{t: t, server: server, schemas: schemas}
}

// Check validates a part of a configuration, as documentation shows it: each block of the provider by its schema and by the provider's own
// checks, each reference to an attribute, and whether outputs of secrets say so. What the part does not declare may have any value.
func (c *Checker) Check(text string) error {
	c.t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), "snippet", hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	body := file.Body.(*hclsyntax.Body)
	scope := anything(body)
	var failed []error
	for _, b := range body.Blocks {
		if err := c.snippetBlock(b, scope); err != nil {
			failed = append(failed, fmt.Errorf("line %d, %s %s: %w", b.TypeRange.Start.Line, b.Type, strings.Join(b.Labels, " "), err))
		}
	}
	for _, traversal := range traversals(body) {
		if _, err := c.attributeOf(traversal); err != nil {
			failed = append(failed, fmt.Errorf("line %d: %w", traversal.SourceRange().Start.Line, err))
		}
	}
	return errors.Join(failed...)
}

// snippetBlock validates one block.
func (c *Checker) snippetBlock(b *hclsyntax.Block, scope *hcl.EvalContext) error {
	switch b.Type {
	case "provider":
		if b.Labels[0] != "novasphere" {
			return nil
		}
		return c.checked(c.schemas.Provider, b.Body, scope, func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := c.server.ValidateProviderConfig(c.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
			return resp.Diagnostics, err
		})
	case "import", "moved", "removed":
		return c.knownTarget(b)
	case "output":
		return c.secretsAreSaid(b)
	}
	if len(b.Labels) != 2 || !strings.HasPrefix(b.Labels[0], ours) {
		return nil
	}
	schemas, known := map[string]map[string]*tfprotov6.Schema{"resource": c.schemas.ResourceSchemas, "data": c.schemas.DataSourceSchemas,
		"ephemeral": c.schemas.EphemeralResourceSchemas, "list": c.schemas.ListResourceSchemas, "action": c.actionSchemas()}[b.Type]
	schema := schemas[b.Labels[0]]
	if !known || schema == nil {
		return errors.New("the provider has no such type")
	}
	body := b.Body
	if b.Type == "list" || b.Type == "action" { // the provider's arguments stand in a block of their own
		body = &hclsyntax.Body{}
		for _, inner := range b.Body.Blocks {
			if inner.Type == "config" {
				body = inner.Body
			}
		}
	}
	return c.checked(schema, body, scope, func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
		return c.validated(b.Type, b.Labels[0], config)
	})
}

// validated asks the provider about a configuration; nobody is asked about lists and actions, whose schemas say all.
func (c *Checker) validated(what, kind string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
	switch ctx := c.t.Context(); what {
	case "resource":
		resp, err := c.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: kind, Config: config,
			ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}})
		return resp.Diagnostics, err
	case "data":
		resp, err := c.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: config})
		return resp.Diagnostics, err
	case "ephemeral":
		resp, err := c.server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: kind,
			Config: config})
		return resp.Diagnostics, err
	}
	return nil, nil
}

// checked decodes a block by its schema, and returns the errors that the provider has about it.
func (c *Checker) checked(schema *tfprotov6.Schema, body *hclsyntax.Body, scope *hcl.EvalContext,
	validate func(*tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)) error {
	value, err := protocol.Decode(providers(body), schema, scope)
	if err != nil {
		return err
	}
	config, err := tfprotov6.NewDynamicValue(schema.ValueType(), value)
	if err != nil {
		return err
	}
	said, err := validate(&config)
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range said {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			failed = append(failed, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(failed...)
}

// providers returns a block's body without what is Terraform's own in it.
func providers(body *hclsyntax.Body) *hclsyntax.Body {
	out := *body
	out.Attributes = maps.Clone(body.Attributes)
	for _, name := range []string{"provider", "alias", "version"} {
		delete(out.Attributes, name)
	}
	out.Blocks = slices.DeleteFunc(slices.Clone(body.Blocks), func(b *hclsyntax.Block) bool {
		return b.Type == "lifecycle" || b.Type == "provisioner" || b.Type == "connection"
	})
	return &out
}

// knownTarget refuses an import, a move or a removal of a type that there is not.
func (c *Checker) knownTarget(b *hclsyntax.Block) error {
	for _, name := range []string{"to", "from"} {
		if at := b.Body.Attributes[name]; at != nil && len(at.Expr.Variables()) == 1 {
			kind := at.Expr.Variables()[0].RootName()
			if strings.HasPrefix(kind, ours) && c.schemas.ResourceSchemas[kind] == nil {
				return fmt.Errorf("there is no resource %s", kind)
			}
		}
	}
	return nil
}

// secretsAreSaid refuses an output of something sensitive that does not say so, as Terraform does when it plans.
func (c *Checker) secretsAreSaid(b *hclsyntax.Block) error {
	value := b.Body.Attributes["value"]
	if value == nil || b.Body.Attributes["sensitive"] != nil {
		return nil
	}
	for _, traversal := range value.Expr.Variables() {
		a, err := c.attributeOf(traversal)
		if err == nil && a != nil && a.Sensitive {
			return fmt.Errorf("%s is sensitive, and the output does not say sensitive = true", a.Name)
		}
	}
	return nil
}

// attributeOf returns the attribute that a reference names; nil where it names none of a type of the provider, or a block.
func (c *Checker) attributeOf(traversal hcl.Traversal) (*tfprotov6.SchemaAttribute, error) {
	schemas, kind, rest := c.schemas.ResourceSchemas, traversal.RootName(), traversal[1:]
	for root, others := range map[string]map[string]*tfprotov6.Schema{"data": c.schemas.DataSourceSchemas,
		"ephemeral": c.schemas.EphemeralResourceSchemas} {
		if step, is := firstStep(rest); kind == root && is {
			schemas, kind, rest = others, step, rest[1:]
		}
	}
	if !strings.HasPrefix(kind, ours) {
		return nil, nil
	}
	schema := schemas[kind]
	if schema == nil {
		return nil, fmt.Errorf("there is no type %s", kind)
	}
	for len(rest) > 1 { // the name, and an index
		if rest = rest[1:]; len(rest) == 0 {
			break
		}
		name, is := firstStep(rest)
		if !is {
			continue
		}
		for _, a := range schema.Block.Attributes {
			if a.Name == name {
				return a, nil
			}
		}
		if slices.ContainsFunc(schema.Block.BlockTypes, func(b *tfprotov6.SchemaNestedBlock) bool { return b.TypeName == name }) {
			return nil, nil
		}
		return nil, fmt.Errorf("%s has no attribute %s", kind, name)
	}
	return nil, nil
}

// firstStep returns the name at the beginning of a traversal.
func firstStep(of hcl.Traversal) (string, bool) {
	if len(of) == 0 {
		return "", false
	}
	step, is := of[0].(hcl.TraverseAttr)
	return step.Name, is
}

// traversals returns all references in a body.
func traversals(body *hclsyntax.Body) (all []hcl.Traversal) {
	for _, a := range body.Attributes {
		all = append(all, a.Expr.Variables()...)
	}
	for _, b := range body.Blocks {
		all = append(all, traversals(b.Body)...)
	}
	return all
}

// anything is a scope in which every reference and every function has some value that is not known.
func anything(body *hclsyntax.Body) *hcl.EvalContext {
	scope := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{}}
	for _, traversal := range traversals(body) {
		scope.Variables[traversal.RootName()] = cty.DynamicVal
	}
	argument := function.Parameter{Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true}
	some := function.New(&function.Spec{VarParam: &argument, Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return cty.DynamicVal, nil }})
	_ = hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
		if call, is := node.(*hclsyntax.FunctionCallExpr); is {
			scope.Functions[call.Name] = some
		}
		return nil
	})
	return scope
}

// actionSchemas returns the schemas of actions as those of all else.
func (c *Checker) actionSchemas() map[string]*tfprotov6.Schema {
	out := map[string]*tfprotov6.Schema{}
	for name, a := range c.schemas.ActionSchemas {
		out[name] = a.Schema
	}
	return out
}
