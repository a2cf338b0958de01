// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Read refreshes an object; one that is gone no longer exists in the result.
func (p *Provider) Read(o Object) (Object, []Diagnostic) {
	p.t.Helper()
	resp, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: o.Type, CurrentState: p.dynamic(o.State),
		Private: o.Private, CurrentIdentity: o.Identity})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Reading, resp.Diagnostics)
	if len(Errors(said)) > 0 {
		return o, said
	}
	return Object{Type: o.Type, State: p.value(p.schema(o.Type).ValueType(), resp.NewState), Private: resp.Private, Tainted: o.Tainted,
		Identity: resp.NewIdentity}, said
}

// Import finds an object by its id, and reads it as Terraform does after every import.
func (p *Provider) Import(kind, id string) (Object, []Diagnostic) {
	p.t.Helper()
	return p.imported(&tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: id})
}

// ImportByIdentity is Import with the attributes of an identity.
func (p *Provider) ImportByIdentity(kind string, identity map[string]string) (Object, []Diagnostic) {
	p.t.Helper()
	values := map[string]tftypes.Value{}
	ty := p.identityType(kind)
	for name := range ty.AttributeTypes {
		if values[name] = tftypes.NewValue(tftypes.String, nil); identity[name] != "" {
			values[name] = tftypes.NewValue(tftypes.String, identity[name])
		}
	}
	return p.imported(&tfprotov6.ImportResourceStateRequest{TypeName: kind,
		Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.dynamic(tftypes.NewValue(ty, values))}})
}

// identityType returns the type of a resource's identities.
func (p *Provider) identityType(kind string) tftypes.Object {
	p.t.Helper()
	resp, err := p.server.GetResourceIdentitySchemas(p.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	if resp.IdentitySchemas[kind] == nil {
		p.t.Fatalf("%s has no identity", kind)
	}
	ty, _ := resp.IdentitySchemas[kind].ValueType().(tftypes.Object) // every identity is an object
	return ty
}

// Identity returns the attributes of an object's identity.
func (p *Provider) Identity(o Object) map[string]string {
	p.t.Helper()
	out := map[string]string{}
	if o.Identity != nil {
		for name, v := range attributes(p.value(p.identityType(o.Type), o.Identity.IdentityData)) {
			out[name] = text(v)
		}
	}
	return out
}

func (p *Provider) imported(req *tfprotov6.ImportResourceStateRequest) (Object, []Diagnostic) {
	p.t.Helper()
	kind := req.TypeName
	resp, err := p.server.ImportResourceState(p.t.Context(), req)
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Importing, resp.Diagnostics)
	if len(Errors(said)) > 0 {
		return p.None(kind), said
	}
	if len(resp.ImportedResources) != 1 {
		p.t.Fatalf("importing a %s gave %d objects", kind, len(resp.ImportedResources))
	}
	found := resp.ImportedResources[0]
	read, more := p.Read(Object{Type: kind, State: p.value(p.schema(kind).ValueType(), found.State), Private: found.Private,
		Identity: found.Identity})
	return read, slices.Concat(said, more)
}

// Upgrade reads a state written with a version of a resource's schema, in the form of a state file.
func (p *Provider) Upgrade(kind string, version int64, attributes []byte) (Object, []Diagnostic) {
	p.t.Helper()
	resp, err := p.server.UpgradeResourceState(p.t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: kind, Version: version,
		RawState: &tfprotov6.RawState{JSON: attributes}})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Upgrading, resp.Diagnostics)
	if len(Errors(said)) > 0 {
		return p.None(kind), said
	}
	return Object{Type: kind, State: p.value(p.schema(kind).ValueType(), resp.UpgradedState)}, said
}

// Source is the state of another provider's resource.
type Source struct {
	Type, Provider string // the provider's address: registry.terraform.io/terraform-provider-openstack/openstack
	Schema         int64
	JSON           []byte
}

// Move converts another provider's state.
func (p *Provider) Move(kind string, from Source) (Object, []Diagnostic) {
	p.t.Helper()
	resp, err := p.server.MoveResourceState(p.t.Context(), &tfprotov6.MoveResourceStateRequest{SourceTypeName: from.Type,
		SourceProviderAddress: from.Provider, SourceSchemaVersion: from.Schema, SourceState: &tfprotov6.RawState{JSON: from.JSON},
		TargetTypeName: kind})
	if err != nil {
		p.t.Fatal(err)
	}
	now := Object{Type: kind, State: p.value(p.schema(kind).ValueType(), resp.TargetState), Private: resp.TargetPrivate}
	return now, p.answer(Moving, resp.Diagnostics)
}
