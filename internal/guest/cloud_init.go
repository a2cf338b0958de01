package guest

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

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
