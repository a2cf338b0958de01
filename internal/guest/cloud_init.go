// SPDX-License-Identifier: MPL-2.0

package guest

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// CloudInit holds what cloud-init reads through guestinfo (its VMware data source).
type CloudInit struct {
	ID        string
	Name      string
	PublicKey string
	Metadata  map[string]string
	UserData  string // decoded

	PasswordHash string           // of the administrator, as in /etc/shadow; empty: none is set
	Personality  []openstack.File // files written at the first boot
	AnnounceEnd  bool             // the guest writes cloud-init's end to EndKey
	NICs         []openstack.NIC  // with the leases that they have
}

// EndKey is where a guest announces that cloud-init has ended: "done", "error" or another of cloud-init's statuses.
const EndKey = "guestinfo.novasphere.cloud-init"
