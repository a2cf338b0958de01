// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"cmp"
	"maps"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// guestPrefix begins the keys that the guest itself can read and write.
const guestPrefix = "guestinfo."

// parted splits parameters into those outside guestinfo. and those inside.
func parted(options []types.BaseOptionValue) (own, guest map[string]string) {
	own, guest = map[string]string{}, map[string]string{}
	for key, value := range property.ExtraConfig(options) {
		if strings.HasPrefix(key, guestPrefix) {
			guest[key] = value
		} else {
			own[key] = value
		}
	}
	return own, guest
}

// toldPrefix begins the keys that note what a guest was told while it ran: for guestinfo.metadata it is novasphere.told.metadata.
const toldPrefix = records.Prefix + "told."

// noted returns the notes to write with a change of guestinfo. While the VM runs, each lasting key that changes is noted; once it is
// off, notes whose key is set for good are removed.
func noted(have, guest map[string]string, running bool) map[string]string {
	out := map[string]string{}
	if running {
		for key, value := range guest {
			if note := toldPrefix + strings.TrimPrefix(key, guestPrefix); lasting(key) && value != have[note] {
				out[note] = value
			}
		}
		return out
	}
	for note, value := range have {
		if key, is := strings.CutPrefix(note, toldPrefix); is {
			if now, set := guest[guestPrefix+key]; set || value == have[guestPrefix+key] || now == value {
				out[note] = ""
			}
		}
	}
	return out
}

// lasting reports whether a guest reads a key at each boot.
func lasting(key string) bool {
	key, _ = strings.CutSuffix(key, ".encoding")
	return key == guestMetadata || key == guestUserData
}

const (
	guestMetadata = guestPrefix + "metadata"
	guestUserData = guestPrefix + "userdata"
)

// forgotten returns the keys that a guest was told while it ran and that its VM has lost since, with their values.
func forgotten(have map[string]string) map[string]string {
	out := map[string]string{}
	for note, value := range have {
		if key, is := strings.CutPrefix(note, toldPrefix); is && value != "" && have[guestPrefix+key] != value {
			out[guestPrefix+key] = value
		}
	}
	return out
}

// Retold returns the guestinfo to write again so that a guest is told what is recorded: what vCenter has lost, and id and metadata, read
// at each boot, where they were changed outside Terraform. The latter is left alone on a VM that this provider did not make: its maker
// writes it.
func Retold(have map[string]string, s openstack.Server) map[string]string {
	out := forgotten(have)
	if !s.Own() || !s.Recorded {
		return out
	}
	value, encoding := have[guestMetadata], have[guestMetadata+".encoding"]
	if again, set := out[guestMetadata]; set {
		value, encoding = again, cmp.Or(out[guestMetadata+".encoding"], encoding)
	}
	maps.Copy(out, guest.Retold(value, encoding, s.ID, s.Name, s.Metadata))
	return out
}

// untold returns the arguments whose recorded value the guest is not told.
func untold(have map[string]string, s openstack.Server) (arguments []string) {
	again := Retold(have, s)
	for _, of := range []struct{ key, argument string }{{guestMetadata, "metadata"}, {guestUserData, "user_data"}} {
		if _, is := again[of.key]; is {
			arguments = append(arguments, of.argument)
		}
	}
	return arguments
}
