// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// This file rewords errors of the framework: where a number is not whole it addresses developers of providers, and it prints an element
// of a set as its own address.

// ValidateProviderConfig validates the provider block.
func (s *Server) ValidateProviderConfig(ctx context.Context,
	req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	resp, err := s.frameworkServer.ValidateProviderConfig(ctx, req)
	if err == nil {
		resp.Diagnostics = s.plain(ctx, resp.Diagnostics, func(t configurationTypes) attr.Type { return t.provider }, req.Config)
	}
	return resp, err
}

// ValidateResourceConfig validates the configuration of a resource.
func (s *Server) ValidateResourceConfig(ctx context.Context,
	req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := s.frameworkServer.ValidateResourceConfig(ctx, req)
	if err == nil {
		resp.Diagnostics = s.plain(ctx, resp.Diagnostics, func(t configurationTypes) attr.Type { return t.resources[req.TypeName] }, req.Config)
	}
	return resp, err
}

// ValidateDataResourceConfig validates the configuration of a data source.
func (s *Server) ValidateDataResourceConfig(ctx context.Context,
	req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := s.frameworkServer.ValidateDataResourceConfig(ctx, req)
	if err == nil {
		resp.Diagnostics = s.plain(ctx, resp.Diagnostics, func(t configurationTypes) attr.Type { return t.data[req.TypeName] }, req.Config)
	}
	return resp, err
}

// ValidateActionConfig validates the configuration of an action.
func (s *Server) ValidateActionConfig(ctx context.Context,
	req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := s.frameworkServer.ValidateActionConfig(ctx, req)
	if err == nil {
		resp.Diagnostics = s.plain(ctx, resp.Diagnostics, func(t configurationTypes) attr.Type { return t.actions[req.ActionType] }, req.Config)
	}
	return resp, err
}

// ValidateListResourceConfig validates the filters of a list.
func (s *Server) ValidateListResourceConfig(ctx context.Context,
	req *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	resp, err := s.frameworkServer.ValidateListResourceConfig(ctx, req)
	if err == nil {
		resp.Diagnostics = s.plain(ctx, resp.Diagnostics, func(t configurationTypes) attr.Type { return t.lists[req.TypeName] }, req.Config)
	}
	return resp, err
}

// plain rewords errors about a configuration. It builds the types only where there is an error.
func (s *Server) plain(ctx context.Context, said []*tfprotov6.Diagnostic, of func(configurationTypes) attr.Type,
	config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
	if failed(said) {
		if wrong := notWhole(ctx, of(s.types()), config); len(wrong) > 0 {
			return wrong
		}
	}
	plainly(said)
	return said
}

// ApplyResourceChange applies a plan.
func (s *Server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (
	*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.frameworkServer.ApplyResourceChange(ctx, req)
	if err == nil {
		plainly(resp.Diagnostics)
	}
	return resp, err
}

// notWhole finds numbers in a configuration that should be whole and are not, or that are larger than any argument allows.
func notWhole(ctx context.Context, typ attr.Type, sent *tfprotov6.DynamicValue) (out []*tfprotov6.Diagnostic) {
	if typ == nil || sent == nil {
		return nil
	}
	config, err := sent.Unmarshal(typ.TerraformType(ctx))
	if err != nil {
		return nil // the framework reports the reason
	}
	search{&out}.in(typ, config, tftypes.NewAttributePath(), "")
	return out
}

// search walks a configuration together with its types.
type search struct{ out *[]*tfprotov6.Diagnostic }

func (s search) in(typ attr.Type, v tftypes.Value, at *tftypes.AttributePath, name string) {
	if v.IsNull() || !v.IsKnown() {
		return
	}
	switch typ := typ.(type) {
	case basetypes.Int64Typable:
		s.number(v, at, name)
	case attr.TypeWithAttributeTypes:
		var values map[string]tftypes.Value
		_ = v.As(&values) // it is an object
		for attribute, of := range typ.AttributeTypes() {
			s.in(of, values[attribute], at.WithAttributeName(attribute), strings.TrimPrefix(name+"."+attribute, "."))
		}
	case attr.TypeWithElementType:
		s.elements(typ.ElementType(), v, at, name)
	}
}

func (s search) elements(of attr.Type, v tftypes.Value, at *tftypes.AttributePath, name string) {
	var list []tftypes.Value
	var byKey map[string]tftypes.Value
	_, set := v.Type().(tftypes.Set)
	if v.As(&list) == nil {
		for i, element := range list {
			if set { // its elements have no address
				s.in(of, element, at, name)
				continue
			}
			s.in(of, element, at.WithElementKeyInt(i), fmt.Sprintf("%s[%d]", name, i))
		}
	} else if v.As(&byKey) == nil {
		for key, element := range byKey {
			s.in(of, element, at.WithElementKeyString(key), fmt.Sprintf("%s[%q]", name, key))
		}
	}
}

func (s search) number(v tftypes.Value, at *tftypes.AttributePath, name string) {
	n := new(big.Float)
	if v.As(&n) != nil {
		return
	}
	text := ""
	if _, exact := n.Int64(); !n.IsInt() {
		text = "it is to be a whole number, and is %s."
	} else if exact != big.Exact {
		text = "%s is larger than any number here may be."
	}
	if text != "" {
		*s.out = append(*s.out, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Not a whole number", Attribute: at,
			Detail: fmt.Sprintf("%s: "+text, name, n.Text('g', -1))})
	}
}

// plainly removes the elements of sets from the paths in texts. The rest still tells which argument of which block is meant.
func plainly(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		d.Summary, d.Detail = withoutElements(d.Summary), withoutElements(d.Detail)
	}
}

// withoutElements removes "[Value(...)]", which the framework writes for the step to an element of a set, from a text.
func withoutElements(text string) string {
	const from, to = "[Value(", ")]"
	for {
		start := strings.Index(text, from)
		if start < 0 {
			return text
		}
		end := outsideQuotes(text[start:], to)
		if end < 0 {
			return text
		}
		text = text[:start] + text[start+end+len(to):]
	}
}

// outsideQuotes returns the index of wanted in a text, ignoring quoted strings, or -1.
func outsideQuotes(text, wanted string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], wanted):
			return i
		}
	}
	return -1
}
