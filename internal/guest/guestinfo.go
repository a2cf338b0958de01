// SPDX-License-Identifier: MPL-2.0

// Package guest builds the configuration of an instance's guest: for cloud-init in extraConfig's guestinfo keys, and for a guest without
// cloud-init as vSphere's guest customization. It works on values alone and makes no calls.
package guest

import (
	"maps"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Guestinfo returns the extraConfig keys that pass it to cloud-init. The error for too much data names its size.
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
