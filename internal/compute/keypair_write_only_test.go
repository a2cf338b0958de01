// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const kindOfKeyPair = "novasphere_compute_keypair"

func writeOnlyKey(key string, version any) map[string]any {
	return map[string]any{"name": "anna", "public_key_wo": key, "public_key_wo_version": version}
}

// TestAccKeyPairWriteOnly records a key that only the configuration holds. The plan promises none, because the apply may find another; the
// state shows what is recorded, and only another version makes another pair.
func TestAccKeyPairWriteOnly(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	planning := func(config map[string]any, had protocol.Object, action string, replaces ...string) protocol.Plan {
		t.Helper()
		plan := p.Plan(kindOfKeyPair, config, had)
		if plan.Action != action || !slices.Equal(plan.Replaces, replaces) || len(plan.Errors()) > 0 {
			t.Fatalf("the plan is to %s (%v), not to %s: %v", plan.Action, plan.Replaces, action, plan.Diagnostics)
		}
		return plan
	}
	recorded := func(pair protocol.Object, key string) {
		t.Helper()
		if err := keyRecorded(vc, "anna", key, pair.Text("fingerprint"))(nil); err != nil {
			t.Error(err)
		}
		if pair.Text("public_key") != key || pair.Text("private_key") != "" || !pair.Attributes()["public_key_wo"].IsNull() {
			t.Errorf("the state is %s", pair.State)
		}
	}
	applied := func(plan protocol.Plan) protocol.Object {
		t.Helper()
		if plan.Attributes()["public_key"].IsKnown() || plan.Attributes()["fingerprint"].IsKnown() {
			t.Errorf("the plan promises %s", plan.Planned)
		}
		made, said := p.Apply(plan)
		if len(protocol.Errors(said)) > 0 {
			t.Fatal(said)
		}
		made, _ = p.Read(made)
		return made
	}
	plan := planning(writeOnlyKey(publicKey, 1), protocol.Object{}, protocol.Create)
	plan.Config = p.Plan(kindOfKeyPair, writeOnlyKey(otherKey, 1), protocol.Object{}).Config // as an ephemeral pair does
	pair := applied(plan)
	recorded(pair, otherKey)

	planning(writeOnlyKey(publicKey, 1), pair, protocol.Nothing)
	pair = applied(planning(writeOnlyKey(publicKey, 2), pair, protocol.Replace, "public_key_wo_version"))
	recorded(pair, publicKey)
	planning(map[string]any{"name": "anna"}, pair, protocol.Update)                          // as where public_key is left out
	planning(map[string]any{"name": "anna", "public_key": publicKey}, pair, protocol.Update) // nothing is made anew

	found, _ := p.Import(kindOfKeyPair, "anna")
	found, _ = p.Read(found)
	planning(writeOnlyKey(publicKey, 2), found, protocol.Update)
	planning(writeOnlyKey(otherKey, 2), found, protocol.Replace, "public_key_wo_version")
	setExtra(t, vc, catalogueVM, map[string]string{"novasphere.keypair.anna": ""})
	if gone, _ := vc.Provider(t, nil).Read(pair); gone.Exists() {
		t.Error("a key pair that is gone is still in the state")
	}
}

// TestKeyPairWriteOnlyRefused: the errors are at the arguments, before anything is made.
func TestKeyPairWriteOnlyRefused(t *testing.T) {
	t.Parallel()
	p := acctest.Start(t, vcsim.Options{}).Provider(t, nil)
	for _, c := range []struct {
		config    map[string]any
		at, about string
	}{
		{writeOnlyKey(publicKey, nil), "public_key_wo", "public_key_wo_version is missing"},
		{writeOnlyKey("ssh-ed25519 AAAA", 1), "public_key_wo", "not a public key"},
		{map[string]any{"name": "anna", "public_key_wo_version": 1}, "public_key_wo_version", "public_key_wo is missing"},
		{map[string]any{"name": "anna", "public_key": otherKey, "public_key_wo": publicKey, "public_key_wo_version": 1}, "public_key_wo",
			"public_key is written too"},
	} {
		errors := p.Plan(kindOfKeyPair, c.config, protocol.Object{}).Errors()
		if len(errors) != 1 || errors[0].Attribute != c.at || !strings.Contains(errors[0].Text, c.about) {
			t.Errorf("%s: %v", c.about, errors)
		}
	}
}

// openKeyPair opens the ephemeral key pair of a provider without a configuration.
func openKeyPair(t *testing.T, comment any) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	t.Helper()
	server, err := acctest.Factories["novasphere"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ty := schemas.EphemeralResourceSchemas[kindOfKeyPair].ValueType()
	config, err := tfprotov6.NewDynamicValue(ty, protocol.Value(ty, map[string]any{"comment": comment}))
	if err != nil {
		t.Fatal(err)
	}
	checked, err := server.ValidateEphemeralResourceConfig(t.Context(),
		&tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: kindOfKeyPair, Config: &config})
	if err != nil || len(checked.Diagnostics) > 0 {
		return nil, checked.Diagnostics
	}
	opened, err := server.OpenEphemeralResource(t.Context(),
		&tfprotov6.OpenEphemeralResourceRequest{TypeName: kindOfKeyPair, Config: &config})
	if err != nil || len(opened.Diagnostics) > 0 || len(opened.Private) > 0 {
		t.Fatalf("%v, %v, %s", err, opened.Diagnostics, opened.Private)
	}
	raw, err := opened.Result.Unmarshal(ty)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]tftypes.Value{}
	if err := raw.As(&out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

// TestEphemeralKeyPair: both halves belong together, and each opening makes others. It needs no vCenter.
func TestEphemeralKeyPair(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, comment := range []any{nil, "anna@example"} {
		pair, said := openKeyPair(t, comment)
		if len(said) > 0 {
			t.Fatal(said)
		}
		var public, private, fingerprint string
		for name, to := range map[string]*string{"public_key": &public, "private_key": &private, "fingerprint": &fingerprint} {
			if err := pair[name].As(to); err != nil {
				t.Fatal(err)
			}
		}
		key, note, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
		if err != nil || comment != nil && note != comment || ssh.FingerprintLegacyMD5(key) != fingerprint {
			t.Errorf("%q, %q: %v", public, fingerprint, err)
		}
		signer, err := ssh.ParsePrivateKey([]byte(private))
		if err != nil || string(signer.PublicKey().Marshal()) != string(key.Marshal()) {
			t.Errorf("the halves do not belong together: %v", err)
		}
		if seen[public] {
			t.Error("two openings gave the same pair")
		}
		seen[public] = true
	}
	if _, said := openKeyPair(t, "two\nlines"); len(said) != 1 || !strings.Contains(said[0].Detail, "a comment is one line") {
		t.Errorf("a comment of two lines: %v", said)
	}
}
