// Package guest says what an instance's guest is told: cloud-init by extraConfig's guestinfo keys, and a guest without cloud-init by vSphere's
// guest customization. It takes values and gives values.
package guest

import (
	"maps"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// CloudInit is what cloud-init is told through guestinfo (its VMware data source).
type CloudInit struct {
	ID        string
	Name      string
	PublicKey string
	Metadata  map[string]string
	UserData  string // decoded

	PasswordHash string           // of the administrator, as in /etc/shadow; empty: none is set
	Personality  []openstack.File // written at the first boot
	AnnounceEnd  bool             // cloud-init's end is written to EndKey
	NICs         []openstack.NIC  // with their leases, as far as they have any
}

// EndKey is where a guest says that cloud-init has ended: "done", "error" or another status of cloud-init's.
const EndKey = "guestinfo.novasphere.cloud-init"

// Guestinfo gives the extraConfig keys that hand it to cloud-init. Too much of it is an error that says how much.
func Guestinfo(g CloudInit) (map[string]string, error) {
	metadata := map[string]any{"instance-id": g.ID, "local-hostname": Hostname(g.Name, g.ID), "hostname": Hostname(g.Name, g.ID)}
	if g.PublicKey != "" {
		metadata["public-keys-data"] = strings.TrimSpace(g.PublicKey) + "\n"
	}
	if len(g.Metadata) > 0 {
		metadata["meta"] = g.Metadata
	}
	if network := NetworkConfig(g.NICs); network != nil {
		metadata["network"] = network
	}
	out, err := metadataKeys(metadata)
	if err != nil {
		return nil, err
	}
	if g.UserData != "" {
		userData, err := UserDataKeys(g.UserData)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, userData)
	}
	if vendor := VendorData(g); vendor != "" {
		packed := pack(vendor)
		if n := len(packed); n > maxGuestinfo {
			return nil, openstack.AttributeErrorf("personality", "it takes %d bytes compressed and encoded, and a guest can be handed %d: let "+
				"user_data fetch the larger files", n, maxGuestinfo)
		}
		out["guestinfo.vendordata"], out["guestinfo.vendordata.encoding"] = packed, "gzip+base64"
	}
	return out, nil
}
