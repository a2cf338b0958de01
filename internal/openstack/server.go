// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"slices"
	"time"
)

// Power states as the compute API names them.
const (
	Active    = "active"
	Shutoff   = "shutoff"
	Suspended = "suspended"
	Shelved   = "shelved_offloaded" // off, and recorded as put away
)

// Server is an instance: what was asked for, as recorded on its VM, and the VM's current status.
type Server struct {
	ID string // the VM's instance UUID
	ServerSpec
	ServerStatus
}

// ServerSpec is an instance as asked for, and as recorded on its VM.
type ServerSpec struct {
	Name           string
	Description    string
	Flavor         Flavor // as it was when the instance was made or last resized, as Nova embeds it
	ImageID        string
	ImageName      string
	Properties     map[string]string // the image's, as far as they affect the VM
	KeyPair        string
	Metadata       map[string]string
	Tags           []string
	UserData       string        // decoded; empty if the guest removed it
	UserDataSum    string        // SHA-256 of the user data at creation, in hex; empty if there was none
	PowerState     string        // Active, Shutoff or Suspended
	NICs           []NIC         // in the order asked for
	Disks          []Disk        // other than the root disk and attached volumes, in the order of their places
	BlockDevices   []BlockDevice // as written
	ConfigDrive    bool
	Personality    []File // files written into the guest at its first boot; only their checksum is recorded
	PersonalitySum string // SHA-256 of Personality, in hex
	HideUserData   bool   // UserData was given by a write-only argument: nobody is shown it
	HideFiles      bool   // the content of one of the files was
	AdminPass      string // never recorded
	AnnounceEnd    bool   // the guest is told to report the end of cloud-init
	SecurityGroups []string
	Hints          Hints  // where it is to run
	Pin            Pin    // the hosts that it must run on
	Clock          Clock  // the clock rates with which the flavor was translated
	Zone           string // availability zone
	Hypervisor     string // the compute node's name: "<cluster's MoRef>.<the vCenter's UUID>"; in a request, also an ESX host's
}

// ServerStatus is the current status of an instance's VM.
type ServerStatus struct {
	MoRef      string // the VM's managed object id
	Path       string // inventory path; in a request, the wanted one
	VCPUs      int64
	RAM        int64      // MB
	Disk       int64      // GiB of the root disk, rounded down
	CPU        Allocation // MHz
	Memory     Allocation // MB
	Cores      int64      // per socket
	CPUHotAdd  bool       // vCPUs can be added while it runs
	RAMHotAdd  bool       // memory can be added while it runs
	RAMLimit   int64      // MB, the most it can have while it runs; 0: unknown
	RAMStep    int64      // MB, the step in which memory can be added while it runs; 0: unknown
	GuestID    string     // vSphere's name of its operating system
	AccessIPv4 string
	AccessIPv6 string
	ActualZone string // the zone that it runs in, if that is not the one asked for; else empty
	Host       string // the ESX host's name
	Datastore  string // the name of the root disk's datastore
	Project    string // the id of its OpenStack project; empty if it was not read from an OpenStack cloud
	Created    time.Time
	Updated    time.Time
	Mark       *Mark  // nil: not made by this provider
	Stuck      string // why nothing can be changed on it, and what to do; empty if changes are possible
	Recorded   bool   // the request is recorded; else the spec is read off the VM, or is what Nova stored
	Unfinished bool   // a step of its creation that precedes the first start is missing
	Failed     bool   // its creation ended with an error before its first start, and it has not run since
	Unlabelled bool   // its flavor's tag could not be attached
	Rescued    string // the id of the image that it was rescued with; empty: it is not rescued
	CopyOf     string // the instance whose record the VM bears, if that is another: it is a clone, or a restored backup

	VolumesAttached []string       // ids of its volumes; their disks are not the instance's own
	SharedVolumes   []string       // ids of those that other machines may have too
	BootVolume      bool           // the root disk is one of these volumes, of any size
	Untold          []string       // arguments whose recorded value the guest was not told
	ParentDisks     []string       // files of Nova's image cache, or of our images, that its disks are linked clones of
	BlockVolumes    map[int]string // ids of the volumes of its block_device blocks, by the block's index
	Unregistered    bool           // the root disk is to be a volume that outlives it, and has no id of its own yet
	Kept            []string       // the volumes of its blocks that outlive it, for messages
	Snapshots       []string       // the names of its snapshots, under which no disk grows
	Besides         []string       // what a deletion would take along although it is not the instance's: added disks, snapshots; for messages
}

// ServerChange is what an update does beyond the difference between two specs.
type ServerChange struct {
	Move            bool // move the instance to the Zone and Hypervisor of its spec
	RewriteUserData bool // hand UserData to the guest, not only record it
	RewriteNetwork  bool // tell the guest about its NICs again
}

// Own reports whether this provider made the instance.
func (s Server) Own() bool { return s.Mark != nil && !s.Mark.Adopted }

// Fits reports whether the instance has the size of a flavor, including the ephemeral and swap disks that Nova recorded.
func (s Server) Fits(f Flavor) bool {
	return s.VCPUs == f.VCPUs && s.RAM == f.RAM && s.fitsDisk(f) &&
		(s.Flavor.Name == "" || s.Flavor.Ephemeral == f.Ephemeral && s.Flavor.Swap == f.Swap)
}

// fitsDisk reports whether the root disk fits a flavor. While only Nova's description is known, a disk smaller than the one that Nova
// made belongs to another flavor; a flavor disk of 0 is as large as the image.
func (s Server) fitsDisk(f Flavor) bool {
	said := !s.Recorded && s.Flavor.VCPUs > 0
	return s.BootVolume || s.Disk >= f.Disk && (!said || f.Disk == 0 || f.Disk == s.Flavor.Disk || f.Disk == s.Disk)
}

// Plugged returns the NICs that the instance's own network blocks ask for.
func (s Server) Plugged() []NIC {
	return slices.DeleteFunc(slices.Clone(s.NICs), func(n NIC) bool { return n.Attached })
}

// NIC is a network card of an instance.
type NIC struct {
	NetworkID   string   `json:"network"`
	NetworkName string   `json:"-"`
	Plug        string   `json:"plug,omitempty"` // the network in the device's backing: a portgroup key, the id of an opaque one, or a name
	Home        string   `json:"-"`              // the network it was recorded on, if the device shows another one
	Port        string   `json:"port"`           // the port's id
	MAC         string   `json:"mac"`
	Access      bool     `json:"access,omitempty"`     // its address is the instance's access address
	Attached    bool     `json:"attached,omitempty"`   // plugged by compute_interface_attach, not by a network block of the instance
	Fixed       []string `json:"fixed,omitempty"`      // addresses that are written into the guest
	Cut         bool     `json:"-"`                    // it has no link: it was disconnected outside of Terraform
	Claimed     []string `json:"claimed,omitempty"`    // addresses of its port that the guest requests by DHCP
	Named       bool     `json:"named,omitempty"`      // its port existed before, and outlives the NIC
	SwitchPort  string   `json:"-"`                    // the key of the switch port reserved for it
	Attachment  string   `json:"attachment,omitempty"` // on a segment, the externalId that it bears; empty: NSX makes its port by itself
	Guest       []Lease  `json:"-"`                    // what the guest is told, when it is told again
	DNSName     string   `json:"-"`                    // its port's, set only while the instance is made
	DNSDomain   string   `json:"-"`                    // its network's, set only while the instance is made
	MTU         int64    `json:"-"`                    // bytes, the network's; 0 if unknown
	IPv4        []string `json:"-"`                    // the fixed ones, and those that the guest reports
	IPv6        []string `json:"-"`
}

// Promised returns the addresses that the NIC's port has claimed. A guest that uses DHCP may report others.
func (n NIC) Promised() []string { return append(slices.Clone(n.Fixed), n.Claimed...) }

// Address returns the NIC's IPv4 or IPv6 address for display: the first that its port has claimed, else the first that the guest reports,
// else empty.
func (n NIC) Address(six bool) string {
	for _, address := range n.Promised() {
		if at, err := netip.ParseAddr(address); err == nil && at.Is6() == six {
			return address
		}
	}
	reported := n.IPv4
	if six {
		reported = n.IPv6
	}
	if len(reported) == 0 {
		return ""
	}
	return reported[0]
}

// Lease is an address of a NIC with what its subnet tells guests.
type Lease struct {
	Subnet  string // the subnet's id
	Address string // with the length of the subnet's prefix: 10.0.0.5/24
	Gateway string // empty: none
	DNS     []string
	Routes  []Route
	Asks    bool   // the guest requests it (DHCP, router advertisements) instead of setting it
	Mode    string // for IPv6, the subnet's ipv6_address_mode; empty: DHCP if Asks
}

// Mark records who made an object, when, and from which configuration.
type Mark struct {
	By          string    `json:"by"` // user and project
	At          time.Time `json:"at"`
	Provider    string    `json:"provider"` // the provider's version
	Fingerprint string    `json:"fingerprint"`
	Adopted     bool      `json:"adopted,omitempty"` // imported: this provider did not make it
}

// Clock is the speed of a core in MHz on the hosts where an instance may run: a reservation is computed with the fastest, a limit with
// the slowest. Zero means unknown.
type Clock struct {
	Slowest int64 `json:"slowest,omitempty"`
	Fastest int64 `json:"fastest,omitempty"`
}

// Allocation is a guaranteed amount of a resource (Reservation), its maximum (Limit, -1: none), and its weight against other VMs
// (Shares).
type Allocation struct {
	Limit       int64
	Reservation int64
	Level       string // low, normal, high or custom
	Shares      int64
}

// The kinds of disk that an instance has besides its root disk.
const (
	DiskEphemeral = "ephemeral"
	DiskSwap      = "swap"
	DiskVolume    = "volume" // an empty volume of a block that goes with the instance, and is therefore a plain disk
)

// Disk is a disk of an instance besides its root disk. It is made and removed with the instance.
type Disk struct {
	Kind string `json:"kind"` // DiskEphemeral, DiskSwap or DiskVolume
	MB   int64  `json:"mb"`
	Bus  string `json:"bus,omitempty"` // as in block_device.disk_bus; empty: the root disk's bus

	Place string `json:"place,omitempty"` // its place on the VM, for example "scsi0:1"

	Policy   string `json:"policy,omitempty"` // the name of its own storage policy; empty: the VM's
	PolicyID string `json:"-"`                // the id of Policy
}

// File is a file that is written into the guest.
type File struct {
	Path    string
	Content string
}

// SortedFiles sorts files by path, in place, and returns them.
func SortedFiles(files []File) []File {
	slices.SortFunc(files, func(a, b File) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Content, b.Content)) })
	return files
}

// SumFiles returns the SHA-256 of sorted files, in hex; empty without files.
func SumFiles(files []File) string {
	if len(files) == 0 {
		return ""
	}
	raw, _ := json.Marshal(files) // strings only
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
