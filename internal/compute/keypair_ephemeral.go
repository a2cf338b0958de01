// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// NewKeyPair returns a key pair that is in no plan and no state, in the framework's form. It needs no vCenter.
func NewKeyPair() ephemeral.EphemeralResource { return &ephemeralKeyPair{} }

type ephemeralKeyPair struct{}

// Metadata sets the name of the key pair.
func (*ephemeralKeyPair) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_compute_keypair"
}

// Schema returns the key pair's schema.
func (*ephemeralKeyPair) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A new ed25519 key pair, made on the machine that runs Terraform and recorded nowhere. Every run of Terraform " +
			"makes another one, once for the plan and once for the apply, and within a run all see the same. Its public half is recorded by " +
			"`public_key_wo` of `novasphere_compute_keypair`, its private half is handed to what keeps secrets; both only when " +
			"`public_key_wo_version` changes, so have one number lead both. A pair of which only one half is kept is lost. Needs Terraform 1.10 " +
			"or OpenTofu 1.11, and `public_key_wo` Terraform 1.11.",
		Attributes: map[string]schema.Attribute{
			"comment": schema.StringAttribute{MarkdownDescription: "The comment in both halves, for people.", Optional: true,
				Validators: []validator.String{stringvalidator.RegexMatches(oneLine, "a comment is one line")}},
			"public_key": schema.StringAttribute{MarkdownDescription: "The public half, in authorized_keys form. It is no secret, and yet of " +
				"this run only: arguments that the state holds do not take it.", Computed: true},
			"private_key": schema.StringAttribute{MarkdownDescription: "The private half, in OpenSSH's format, without a passphrase.",
				Computed: true, Sensitive: true},
			"fingerprint": schema.StringAttribute{MarkdownDescription: "The key's MD5 fingerprint, as Nova shows it.", Computed: true},
		},
	}
}

// oneLine matches what can stand behind a key in authorized_keys.
var oneLine = regexp.MustCompile(`^[^\r\n]*$`)

type ephemeralKeyPairModel struct {
	Comment     types.String `tfsdk:"comment"`
	PublicKey   types.String `tfsdk:"public_key"`
	PrivateKey  types.String `tfsdk:"private_key"`
	Fingerprint types.String `tfsdk:"fingerprint"`
}

// Open makes a pair.
func (*ephemeralKeyPair) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m ephemeralKeyPairModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	pair, err := generatePair(m.Comment.ValueString())
	if err == nil {
		if m.Comment.ValueString() != "" {
			pair.public += " " + m.Comment.ValueString()
		}
		m.PublicKey, m.PrivateKey = types.StringValue(pair.public), types.StringValue(pair.private)
		var fingerprint string
		fingerprint, err = fingerprintOf("comment", pair.public)
		m.Fingerprint = types.StringValue(fingerprint)
	}
	if err != nil {
		crud.Report(&resp.Diagnostics, "Cannot make compute keypair", err)
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}
