// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// A public key, and the output of ssh-keygen -l -E md5 for it without the prefix "MD5:".
const (
	publicKey      = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILbMJquL4/QfbIuBZzYspcbJLhHjzDwfRp4B0vLNbRKy anna@example"
	keyFingerprint = "50:9c:2b:23:83:97:7f:3b:59:53:dc:43:be:14:cf:02"
	otherKey       = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILg7L38XfzHR+krhfALuhcx1KOjtT+Yx4IgRZvITH4iC"
	keyResource    = "novasphere_compute_keypair.it"
)

func keyPair(address, name, key string) string {
	return fmt.Sprintf("resource \"novasphere_compute_keypair\" %q {\n  name = %q\n  public_key = %s\n}\n", address, name, key)
}

func TestAccKeyPair(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	quoted, gone := fmt.Sprintf("%q", publicKey), map[string]string{"novasphere.keypair.anna": ""}
	config := vc.Config("", keyPair("it", "anna", quoted))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noRecords(vc, "keypair"),
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeTestCheckFunc(keyRecorded(vc, "anna", publicKey, keyFingerprint),
				resource.TestCheckResourceAttr(keyResource, "fingerprint", keyFingerprint)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectSensitiveValue(keyResource,
					tfjsonpath.New("private_key"))}}},
			{ResourceName: keyResource, ImportState: true, ImportStateVerify: true},
			{ResourceName: keyResource, ImportState: true, ImportStateId: "ana",
				ExpectError: says(`no key pair "ana" in the catalogue; the nearest names are "anna"`)},
			{Config: config + keyPair("other", "anna", quoted), ExpectError: says(`name: the key pair "anna" exists already: choose another name`)},
			{PreConfig: func() { setExtra(t, vc, catalogueVM, gone) }, Config: config,
				ConfigPlanChecks: action(keyResource, plancheck.ResourceActionCreate)},
			{Config: vc.Config("", keyPair("it", "anna", fmt.Sprintf("%q", otherKey))),
				ConfigPlanChecks: action(keyResource, plancheck.ResourceActionDestroyBeforeCreate),
				Check:            resource.TestCheckResourceAttr(keyResource, "public_key", otherKey)},
			{PreConfig: func() { setExtra(t, vc, catalogueVM, gone) }, Config: config, Destroy: true},
		},
	})
}

// keyRecorded checks a key pair's record, which holds only the public half.
func keyRecorded(vc *acctest.VCenter, name, public, fingerprint string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		have, err := record[openstack.KeyPair](vc, "keypair", name)
		if want := (openstack.KeyPair{Name: name, PublicKey: public, Fingerprint: fingerprint}); err == nil && have != want {
			err = fmt.Errorf("the record is %+v, not %+v", have, want)
		}
		return err
	})
}

func TestAccKeyPairGenerated(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", keyPair("it", "made up/ä", "null"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noRecords(vc, "keypair"),
		Steps: []resource.TestStep{
			{Config: config, Check: func(s *terraform.State) error { return matches(vc, s) }},
			// Only the state holds the private half: no import can read it.
			{ResourceName: keyResource, ImportState: true, ImportStateVerify: true, ImportStateId: "made up/ä",
				ImportStateVerifyIgnore: []string{"private_key"}},
		},
	})
}

// matches parses the generated private key, and checks that the state has its public half and that vCenter holds no part of it.
func matches(vc *acctest.VCenter, s *terraform.State) error {
	a := s.RootModule().Resources[keyResource].Primary.Attributes
	private, err := ssh.ParsePrivateKey([]byte(a["private_key"]))
	if err != nil {
		return err
	}
	public := private.PublicKey()
	if text := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))); text != a["public_key"] ||
		ssh.FingerprintLegacyMD5(public) != a["fingerprint"] {
		return fmt.Errorf("the private key's public half is %s, and the state says %s (%s)", text, a["public_key"], a["fingerprint"])
	}
	for key, value := range vc.Catalogue() {
		if strings.Contains(value, "PRIVATE") || strings.Contains(value, strings.Split(a["private_key"], "\n")[2]) {
			return fmt.Errorf("the record %s holds the private key", key)
		}
	}
	return nil
}

func TestKeyPairPlan(t *testing.T) {
	t.Parallel()
	heard, _ := planned(t, nil, "novasphere_compute_keypair", map[string]any{"name": "anna", "public_key": "ssh-ed25519 nonsense"})
	if len(heard) != 1 || heard[0].Attribute != "public_key" || !strings.Contains(heard[0].Text, "not a public key in authorized_keys form") {
		t.Errorf("a key that is none: %v", heard)
	}
	heard, plan := planned(t, nil, "novasphere_compute_keypair", map[string]any{"name": "anna", "public_key": publicKey})
	var fingerprint string
	if err := plan["fingerprint"].As(&fingerprint); err != nil || len(heard) != 0 || fingerprint != keyFingerprint {
		t.Errorf("a good key: %v, fingerprint %q, %v", heard, fingerprint, err)
	}
}

// TestKeyPairWhosePrivateHalfIsLost makes a pair whose state was never written. The error of the next creation and an import both report
// that the private half is lost, and a pair that is made anew has both halves.
func TestKeyPairWhosePrivateHalfIsLost(t *testing.T) {
	t.Parallel()
	const kind = "novasphere_compute_keypair"
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	lost := p.Bring(kind, map[string]any{"name": "ops"}, p.None(kind))
	for what, config := range map[string]map[string]any{"generated": {"name": "ops"},
		"given": {"name": "ops", "public_key": lost.Text("public_key")}} {
		reported := vc.Provider(t, nil).Plan(kind, config, p.None(kind)).Diagnostics
		if len(reported) != 1 || reported[0].Attribute != "name" || !strings.Contains(reported[0].Text,
			"that half is lost, and the pair has to be made anew: import it with the id \"ops\", and run terraform apply with -replace") {
			t.Errorf("%s: %v", what, reported)
		}
	}
	found, reported := p.Import(kind, "ops")
	if len(reported) != 1 || reported[0].Failed() || !strings.Contains(reported[0].Text, "private_key is empty") ||
		found.Text("private_key") != "" {
		t.Errorf("the import says %v", reported)
	}
	found.Tainted = true // as with -replace
	anew := p.Bring(kind, map[string]any{"name": "ops"}, found)
	if !strings.Contains(anew.Text("private_key"), "OPENSSH PRIVATE KEY") || anew.Text("public_key") == lost.Text("public_key") {
		t.Error("it has no private half, or the old public one")
	}
	if record := vc.Catalogue()["novasphere.keypair.ops"]; !strings.Contains(record, anew.Text("public_key")) ||
		!strings.Contains(record, `"generated":true`) {
		t.Errorf("the catalogue has %s", record)
	}
	p.Destroy(anew)
	given := p.Bring(kind, map[string]any{"name": "given", "public_key": lost.Text("public_key")}, p.None(kind))
	if reported := vc.Provider(t, nil).Plan(kind, map[string]any{"name": "given"}, p.None(kind)).Diagnostics; len(reported) != 1 ||
		strings.Contains(reported[0].Text, "lost") {
		t.Errorf("a pair that was given: %v", reported)
	}
	if _, reported := p.Import(kind, given.Text("id")); len(reported) > 0 {
		t.Errorf("importing one that was given says %v", reported)
	}
}
