// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// checkKeyPair refuses a public key that is written twice, and a write-only one without the number that tells its changes. Without the key
// the number would have a pair made, whose private half the state holds.
func checkKeyPair(config keyPairModel) error {
	switch {
	case config.PublicKeyWO.IsNull() && !config.PublicKeyWOVer.IsNull():
		return openstack.AttributeErrorf("public_key_wo_version", "public_key_wo is missing, whose versions it counts: write it, or leave "+
			"public_key_wo_version out")
	case config.PublicKeyWO.IsNull() || config.PublicKeyWO.IsUnknown():
		return nil
	case crud.Known(config.PublicKey) && !config.PublicKey.IsNull():
		return openstack.AttributeErrorf("public_key_wo", "public_key is written too: write only one of them")
	case config.PublicKeyWOVer.IsNull():
		return openstack.AttributeErrorf("public_key_wo", "public_key_wo_version is missing. Nothing else tells a later plan that "+
			"public_key_wo is another one: write public_key_wo_version = 1, and another number with each other public_key_wo")
	}
	return nil
}

// planWriteOnlyKey plans the record of a key that only the configuration holds. The apply may find another one there, so the plan shows
// neither the key nor its fingerprint. It reports whether there is such a key.
func planWriteOnlyKey(req keyPairRequest) (is bool, err error) {
	config, plan, state := req.Config, req.Plan, req.State
	if config.PublicKeyWO.IsNull() {
		return false, nil
	}
	if state != nil && state.Name.Equal(plan.Name) {
		if state.PublicKeyWOVer.Equal(plan.PublicKeyWOVer) || state.PublicKeyWOVer.IsNull() && sameKey(config.PublicKeyWO, state.PublicKey) {
			return true, nil
		}
		req.Replace(path.Root("public_key_wo_version"))
	}
	plan.PublicKey, plan.Fingerprint, plan.PrivateKey = types.StringUnknown(), types.StringUnknown(), types.StringValue("")
	if crud.Known(config.PublicKeyWO) {
		_, err = fingerprintOf("public_key_wo", config.PublicKeyWO.ValueString())
	}
	return true, err
}

// sameKey reports whether two texts are the same public key, whatever their comments.
func sameKey(a, b types.String) bool {
	one, err := fingerprintOf("", a.ValueString())
	other, failed := fingerprintOf("", b.ValueString())
	return err == nil && failed == nil && one == other
}
