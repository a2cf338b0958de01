package compute

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
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
	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// KeyPair is the resource of a public SSH key in the datacenter's catalogue.
var KeyPair = crud.Resource[*vcenter.Client, keyPairModel]{
	Name: "compute_keypair", Schema: keyPairSchema, Plan: planKeyPair, PlanUnconfigured: planKeyPair,
	Create: createKeyPair, Read: readKeyPair, Delete: deleteKeyPair, Import: importKeyPair,
	Moves: keyPairMoves, Adopt: createKeyPair,
}

type keyPairRequest = *crud.Request[*vcenter.Client, keyPairModel]

func keyPairSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A public SSH key under a name, which instances are made with. It is a record in the datacenter's catalogue. " +
			"Without `public_key` an ed25519 pair is made on the machine that runs Terraform, and its private half is in the state only. A " +
			"`moved` block makes one of an `openstack_compute_keypair_v2`; nothing of a key pair changes in place, so `terraform apply " +
			"-replace` records it here.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The key pair's name.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"name": schema.StringAttribute{MarkdownDescription: "The key pair's name, unique in the datacenter.", Required: true,
				Validators:    []validator.String{crud.Within(&openstack.KeyPairName)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"public_key": schema.StringAttribute{MarkdownDescription: "The public key in authorized_keys form. Left out: a pair is made.",
				Optional: true, Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIfConfigured(), stringplanmodifier.UseStateForUnknown()}},
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
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	PublicKey   types.String `tfsdk:"public_key"`
	Fingerprint types.String `tfsdk:"fingerprint"`
	PrivateKey  types.String `tfsdk:"private_key"`
	Region      types.String `tfsdk:"region"`
	UserID      types.String `tfsdk:"user_id"`
	ValueSpecs  types.Map    `tfsdk:"value_specs"`
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
	if state != nil && state.PublicKey.Equal(plan.PublicKey) && state.Name.Equal(plan.Name) {
		return nil
	}
	if !crud.Known(plan.PublicKey) || plan.PublicKey.IsNull() {
		return nil
	}
	fingerprint, err := fingerprintOf(plan.PublicKey.ValueString())
	plan.Fingerprint, plan.PrivateKey = types.StringValue(fingerprint), types.StringValue("")
	return err
}

func fingerprintOf(public string) (string, error) {
	key, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(public))
	if err != nil {
		return "", openstack.AttributeErrorf("public_key", "this is not a public key in authorized_keys form (\"ssh-ed25519 AAAA... comment\")")
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey(rest); err == nil {
		return "", openstack.AttributeErrorf("public_key", "it holds more than one public key, and a key pair has one: make a key pair of "+
			"each, or give further keys to the guest in user_data (ssh_authorized_keys)")
	}
	return ssh.FingerprintLegacyMD5(key), nil
}

func createKeyPair(ctx context.Context, req keyPairRequest) (*keyPairModel, error) {
	client, m := req.Client, *req.Plan
	generated := !crud.Known(m.PublicKey) || m.PublicKey.IsNull()
	if !generated {
		m.PrivateKey = types.StringValue("")
	} else if err := m.generate(); err != nil {
		return nil, err
	}
	fingerprint, err := fingerprintOf(m.PublicKey.ValueString())
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

// generate makes an ed25519 key pair.
func (m *keyPairModel) generate() error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(private, m.Name.ValueString())
	if err != nil {
		return err
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return err
	}
	m.PublicKey = types.StringValue(strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))))
	m.PrivateKey = types.StringValue(string(pem.EncodeToMemory(block)))
	return nil
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
