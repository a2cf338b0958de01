// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestFunctionsIdentitiesListsAndActions: what newer verbs need is written as `terraform providers schema -json` of 1.14 writes it.
func TestFunctionsIdentitiesListsAndActions(t *testing.T) {
	t.Parallel()
	text := &tfprotov6.FunctionParameter{Name: "name", Type: tftypes.String, Description: "A name."}
	block := &tfprotov6.SchemaBlock{Description: "It."}
	got := providerJSON(&tfprotov6.GetProviderSchemaResponse{
		Provider:            &tfprotov6.Schema{Block: block},
		ListResourceSchemas: map[string]*tfprotov6.Schema{"x_list": {Block: block}},
		ActionSchemas:       map[string]*tfprotov6.ActionSchema{"x_act": {Schema: &tfprotov6.Schema{Block: block}}},
		Functions: map[string]*tfprotov6.Function{
			"of": {Parameters: []*tfprotov6.FunctionParameter{text}, VariadicParameter: text, Summary: "S.",
				Return: &tfprotov6.FunctionReturn{Type: tftypes.List{ElementType: tftypes.String}}},
			"now": {Return: &tfprotov6.FunctionReturn{Type: tftypes.Number}},
		},
	}, &tfprotov6.GetResourceIdentitySchemasResponse{IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{
		"x_it": {IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{{Name: "id", Type: tftypes.String, RequiredForImport: true}}},
	}})
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var is map[string]json.RawMessage
	if err := json.Unmarshal(raw, &is); err != nil {
		t.Fatal(err)
	}
	const parameter = `{"description":"A name.","is_nullable":false,"name":"name","type":"string"}`
	const described = `{"block":{"attributes":{},"block_types":{},"deprecated":false,"description":"It.",` +
		`"description_kind":"plain"},"version":0}`
	for key, want := range map[string]string{
		"functions": `{"now":{"deprecation_message":"","description":"","parameters":[],"return_type":"number","summary":""},` +
			`"of":{"deprecation_message":"","description":"","parameters":[` + parameter + `],"return_type":["list","string"],"summary":"S.",` +
			`"variadic_parameter":` + parameter + `}}`,
		"resource_identity_schemas": `{"x_it":{"attributes":{"id":{"description":"","optional_for_import":false,"required_for_import":true,` +
			`"type":"string"}},"version":0}}`,
		"list_resource_schemas": `{"x_list":` + described + `}`,
		"action_schemas":        `{"x_act":` + described + `}`,
	} {
		if string(is[key]) != want {
			t.Errorf("%s is %s, want %s", key, is[key], want)
		}
	}
}
