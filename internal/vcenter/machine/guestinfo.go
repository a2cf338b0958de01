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

// parted are the parameters outside guestinfo. and those inside.
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

// The keys of what a guest was told while it ran, beside the records: of guestinfo.metadata it is novasphere.told.metadata.
const toldPrefix = records.Prefix + "told."

// noted are the notes that follow from what a guest is told now: made while it runs, and gone once what they say lasts.
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

// lasting reports whether a guest is to be told a key at each of its boots.
func lasting(key string) bool {
	key, _ = strings.CutSuffix(key, ".encoding")
	return key == guestMetadata || key == guestUserData
}

const (
	guestMetadata = guestPrefix + "metadata"
	guestUserData = guestPrefix + "userdata"
)

// forgotten are the keys that a guest was told while it ran, and is told no longer.
func forgotten(have map[string]string) map[string]string {
	out := map[string]string{}
	for note, value := range have {
		if key, is := strings.CutPrefix(note, toldPrefix); is && value != "" && have[guestPrefix+key] != value {
			out[guestPrefix+key] = value
		}
	}
	return out
}

// Retold is what a guest must be told again so that it is told what is recorded: what the vCenter has forgotten, and the id and the
// metadata that it is told at each boot, where somebody changed them. Whoever else made a machine tells its guest.
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

// untold are the arguments that a guest is not told as they are recorded.
func untold(have map[string]string, s openstack.Server) (arguments []string) {
	again := Retold(have, s)
	for _, of := range []struct{ key, argument string }{{guestMetadata, "metadata"}, {guestUserData, "user_data"}} {
		if _, is := again[of.key]; is {
			arguments = append(arguments, of.argument)
		}
	}
	return arguments
}
