// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// KeyPair is the resource of a public SSH key in the datacenter's catalogue.
var KeyPair = crud.Resource[*vcenter.Client, keyPairModel]{
	Name: "compute_keypair", Schema: keyPairSchema, Check: checkKeyPair, Plan: planKeyPair, PlanUnconfigured: planKeyPair,
	Create: createKeyPair, Read: readKeyPair, Delete: deleteKeyPair, Import: importKeyPair,
	Moves: keyPairMoves, Adopt: createKeyPair,
}

type keyPairRequest = *crud.Request[*vcenter.Client, keyPairModel]

func keyPairSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A public SSH key under a name, which instances are made with. It is a record in the datacenter's catalogue. " +
			"Without `public_key` and `public_key_wo` an ed25519 pair is made on the machine that runs Terraform, and its private half is in the " +
			"state only. A `moved` block makes one of an `openstack_compute_keypair_v2`; nothing of a key pair changes in place, so `terraform " +
			"apply -replace` records it here.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The key pair's name.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"name": schema.StringAttribute{MarkdownDescription: "The key pair's name, unique in the datacenter.", Required: true,
				Validators:    []validator.String{crud.Within(&openstack.KeyPairName)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"public_key": schema.StringAttribute{MarkdownDescription: "The public key in authorized_keys form. Left out: a pair is made.",
				Optional: true, Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIfConfigured(), stringplanmodifier.UseStateForUnknown()}},
			"public_key_wo": schema.StringAttribute{MarkdownDescription: "As `public_key`, from a value that is not kept from one run to the " +
				"next, such as the public half of the ephemeral `novasphere_compute_keypair`. What is recorded shows in `public_key`. Needs " +
				"`public_key_wo_version`, and Terraform 1.11 or OpenTofu 1.11.", Optional: true, WriteOnly: true},
			"public_key_wo_version": schema.Int64Attribute{MarkdownDescription: "Counts the versions of `public_key_wo`: another number makes " +
				"another key pair, and while it stays another `public_key_wo` has no effect. Where the key that is recorded moves to " +
				"`public_key_wo`, after an import too, the key pair stays.", Optional: true},
			"fingerprint": schema.StringAttribute{MarkdownDescription: "The key's MD5 fingerprint, as Nova shows it.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"private_key": schema.StringAttribute{MarkdownDescription: "The private key that was made, in OpenSSH's format; empty where a public " +
				"key was given. It is in the state and nowhere else.",
				Computed: true, Sensitive: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"region":  crud.Region(),
			"user_id": crud.WithoutEffect("a key pair is everybody's who uses the datacenter's catalogue."),
			"value_specs": schema.MapAttribute{MarkdownDescription: "Accepted without effect; a warning names the keys.", Optional: true,
				ElementType: types.StringType},
		},
	}
}

type keyPairModel struct {
	ID             types.String `tfsdk:"id"`
	Name           types.String `tfsdk:"name"`
	PublicKey      types.String `tfsdk:"public_key"`
	PublicKeyWO    types.String `tfsdk:"public_key_wo"` // in the configuration only
	PublicKeyWOVer types.Int64  `tfsdk:"public_key_wo_version"`
	Fingerprint    types.String `tfsdk:"fingerprint"`
	PrivateKey     types.String `tfsdk:"private_key"`
	Region         types.String `tfsdk:"region"`
	UserID         types.String `tfsdk:"user_id"`
	ValueSpecs     types.Map    `tfsdk:"value_specs"`
}

// planKeyPair checks a given key and shows its fingerprint.
func planKeyPair(ctx context.Context, req keyPairRequest) error {
	client, plan, state := req.Client, req.Plan, req.State
	plan.ID = plan.Name
	if keys := crud.StringMap(plan.ValueSpecs); len(keys) > 0 && state == nil {
		crud.WarnAt(ctx, path.Root("value_specs"), "Values without effect", "value_specs: "+strings.Join(slices.Sorted(maps.Keys(keys)), ", ")+
			" would be handed to Nova's API, which is not here. They are ignored")
	}
	if client != nil && crud.Known(plan.Name) {
		client.Planned.KeyPairs.Expect(plan.Name.ValueString())
		var had keyPairModel
		if state != nil {
			had = *state
		}
		if err := claimName(ctx, client, planned.NamedKeyPair, plan.Name, had.ID, had.Name); err != nil {
			return err
		}
	}
	if is, err := planWriteOnlyKey(req); is || err != nil {
		return err
	}
	if state != nil && state.PublicKey.Equal(plan.PublicKey) && state.Name.Equal(plan.Name) {
		return nil
	}
	if !crud.Known(plan.PublicKey) || plan.PublicKey.IsNull() {
		return nil
	}
	fingerprint, err := fingerprintOf("public_key", plan.PublicKey.ValueString())
	plan.Fingerprint, plan.PrivateKey = types.StringValue(fingerprint), types.StringValue("")
	return err
}

func createKeyPair(ctx context.Context, req keyPairRequest) (*keyPairModel, error) {
	client, m := req.Client, *req.Plan
	generated, argument := false, "public_key"
	switch {
	case !req.Config.PublicKeyWO.IsNull():
		m.PublicKey, m.PrivateKey, argument = req.Config.PublicKeyWO, types.StringValue(""), "public_key_wo"
	case crud.Known(m.PublicKey) && !m.PublicKey.IsNull():
		m.PrivateKey = types.StringValue("")
	default:
		pair, err := generatePair(m.Name.ValueString())
		if err != nil {
			return nil, err
		}
		m.PublicKey, m.PrivateKey, generated = types.StringValue(pair.public), types.StringValue(pair.private), true
	}
	fingerprint, err := fingerprintOf(argument, m.PublicKey.ValueString())
	if err != nil {
		return nil, err
	}
	k := openstack.KeyPair{Name: m.Name.ValueString(), PublicKey: m.PublicKey.ValueString(), Fingerprint: fingerprint, Generated: generated}
	client.Planned.KeyPairs.Release(k.Name)
	if err := client.KeyPairs.Create(ctx, k); err != nil {
		return nil, err
	}
	made := m.with(k)
	return &made, nil
}

func readKeyPair(ctx context.Context, req keyPairRequest) (*keyPairModel, error) {
	client, m := req.Client, *req.State
	client.Planned.KeyPairs.Own(m.ID.ValueString())
	k, err := client.KeyPairs.Read(ctx, m.ID.ValueString())
	return crud.Result(m.with(k), err)
}

func deleteKeyPair(ctx context.Context, req keyPairRequest) error {
	client, m := req.Client, *req.State
	return client.KeyPairs.Delete(ctx, m.ID.ValueString())
}

func importKeyPair(ctx context.Context, req keyPairRequest) (*keyPairModel, error) {
	client, id := req.Client, req.ID
	k, err := client.KeyPairs.InCatalogue(ctx, id)
	if k.Generated {
		crud.WarnAt(ctx, path.Root("private_key"), "The private key is not here", fmt.Sprintf(
			"The key pair %s was generated, and its private half is in the state that made it and nowhere else: private_key is empty. To have a "+
				"pair with both halves, run terraform apply with -replace and its address", id))
	}
	return crud.Result(keyPairModel{PrivateKey: types.StringValue("")}.with(k), err)
}

func (m keyPairModel) with(k openstack.KeyPair) keyPairModel {
	m.ID, m.Name, m.PublicKey, m.Fingerprint = types.StringValue(k.Name), types.StringValue(k.Name), types.StringValue(k.PublicKey),
		types.StringValue(k.Fingerprint)
	if m.ValueSpecs.IsNull() {
		m.ValueSpecs = types.MapNull(types.StringType)
	}
	return m
}
