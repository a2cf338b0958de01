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

// Server is an instance: what was asked for, as recorded on its VM, and what the VM is now.
type Server struct {
	ID string // the VM's instance UUID
	ServerSpec
	ServerStatus
}

// ServerSpec is an instance as it is asked for, and as it is recorded on its VM.
type ServerSpec struct {
	Name           string
	Description    string
	Flavor         Flavor // as it was when the instance was made or last resized, as Nova embeds it
	ImageID        string
	ImageName      string
	Properties     map[string]string // the image's, as far as they say something about the VM
	KeyPair        string
	Metadata       map[string]string
	Tags           []string
	UserData       string        // decoded; empty where the guest removed it
	UserDataSum    string        // SHA-256 of what it was made with, in hex; empty where there was none
	PowerState     string        // Active, Shutoff or Suspended
	NICs           []NIC         // in the order they were asked for
	Disks          []Disk        // beside the root disk and attached volumes, in the order of their places
	BlockDevices   []BlockDevice // as they were written
	ConfigDrive    bool
	Personality    []File // what is written into the guest at its first boot; never recorded but for its sum
	PersonalitySum string // SHA-256 of it, in hex
	AdminPass      string // never recorded
	AnnounceEnd    bool   // the guest is told to say when cloud-init has ended
	SecurityGroups []string
	Hints          Hints  // where it is to run
	Pin            Pin    // the hosts that it is bound to
	Clock          Clock  // with which the flavor was translated
	Zone           string // availability zone
	Hypervisor     string // the compute node's name: "<cluster's MoRef>.<the vCenter's UUID>"; asked for, also an ESX host's
}

// ServerStatus is what the VM of an instance is now.
type ServerStatus struct {
	MoRef      string // the VM's managed object id
	Path       string // inventory path, where it was asked for
	VCPUs      int64
	RAM        int64      // MB
	Disk       int64      // GiB of the root disk, rounded down
	CPU        Allocation // MHz
	Memory     Allocation // MB
	Cores      int64      // per socket
	CPUHotAdd  bool       // whether vCPUs can be added while it runs
	RAMHotAdd  bool       // whether memory can
	RAMLimit   int64      // MB that it can have at most while it runs; 0: unknown
	RAMStep    int64      // MB by which memory can be added while it runs; 0: unknown
	GuestID    string     // vSphere's name of its operating system
	AccessIPv4 string
	AccessIPv6 string
	ActualZone string // the zone that it is found in, where that is not the one asked for; empty: it is where it belongs
	Host       string // the ESX host's name
	Datastore  string // the name of the root disk's
	Project    string // the id of the OpenStack project that it belongs to; empty where it was not read from an OpenStack cloud
	Created    time.Time
	Updated    time.Time
	Mark       *Mark  // nil: not made by this provider
	Stuck      string // why nothing can be changed on it, and what to do; empty: it can
	Recorded   bool   // what was asked for is recorded; else the machine is taken as it is found, or as Nova described it
	Unfinished bool   // something that its creation had to do before the first start is not done
	Unlabelled bool   // its flavor's tag could not be attached
	CopyOf     string // the instance whose record the machine bears, where that is another: a clone, or a backup restored beside it

	VolumesAttached []string // ids of volumes that Nova attached: their disks are not the instance's own
	BootVolume      bool     // its root disk is one of these volumes, of whatever size
	Untold          []string // arguments of which its guest is not told what is recorded
	ParentDisks     []string // files, of Nova's image cache, that its disks are linked clones of
	Besides         []string // what goes with the machine and is not of the instance: disks that somebody has added, snapshots; for people
}

// ServerChange is what an update does beyond the difference of two specs.
type ServerChange struct {
	Move            bool // the instance is brought to the Zone and Hypervisor of its spec
	RewriteUserData bool // UserData is handed to the guest, not only recorded
	RewriteNetwork  bool // the guest is told of its NICs anew
}

// Own says that this provider made the instance, and not somebody else.
func (s Server) Own() bool { return s.Mark != nil && !s.Mark.Adopted }

// Fits says that the instance is as large as a flavor. What Nova said of its disks counts too.
func (s Server) Fits(f Flavor) bool {
	return s.VCPUs == f.VCPUs && s.RAM == f.RAM && s.fitsDisk(f) &&
		(s.Flavor.Name == "" || s.Flavor.Ephemeral == f.Ephemeral && s.Flavor.Swap == f.Swap)
}

// fitsDisk says so of the root disk. Before anything is recorded, a smaller disk than the one that Nova made is another flavor's; one of 0
// is as large as its image.
func (s Server) fitsDisk(f Flavor) bool {
	said := !s.Recorded && s.Flavor.VCPUs > 0
	return s.BootVolume || s.Disk >= f.Disk && (!said || f.Disk == 0 || f.Disk == s.Flavor.Disk || f.Disk == s.Disk)
}

// Plugged are the NICs that the instance's own network blocks ask for.
func (s Server) Plugged() []NIC {
	return slices.DeleteFunc(slices.Clone(s.NICs), func(n NIC) bool { return n.Attached })
}

// NIC is one network card of an instance.
type NIC struct {
	NetworkID   string   `json:"network"`
	NetworkName string   `json:"-"`
	Plug        string   `json:"plug,omitempty"` // how the device names that network
	Home        string   `json:"-"`              // the network it was recorded on, where the device shows another one
	Port        string   `json:"port"`           // the port's id
	MAC         string   `json:"mac"`
	Access      bool     `json:"access,omitempty"`   // its address is the instance's access address
	Attached    bool     `json:"attached,omitempty"` // plugged by compute_interface_attach: no block of the instance's
	Fixed       []string `json:"fixed,omitempty"`    // addresses that are written into the guest
	Cut         bool     `json:"-"`                  // it has no link: somebody has disconnected it
	Claimed     []string `json:"claimed,omitempty"`  // addresses of its port that the guest is to ask for
	Named       bool     `json:"named,omitempty"`    // its port was there before, and stays when it goes
	SwitchPort  string   `json:"-"`                  // the key of the switch's port that was booked for it
	Guest       []Lease  `json:"-"`                  // what the guest is told, when it is told anew
	DNSName     string   `json:"-"`                  // its port's, while the instance is made
	DNSDomain   string   `json:"-"`                  // its network's, likewise
	MTU         int64    `json:"-"`                  // bytes, the network's; 0 where it is not known
	IPv4        []string `json:"-"`                  // the fixed ones, and those that the guest reports
	IPv6        []string `json:"-"`
}

// Promised are the addresses that its port has claimed. What the guest reports may be another where it asks for one.
func (n NIC) Promised() []string { return append(slices.Clone(n.Fixed), n.Claimed...) }

// Address is the one of a NIC's addresses, IPv4 or IPv6, that is shown beside it: what its port has claimed, and else the first that the
// guest reports. Empty: none is known.
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

// Lease is an address of a NIC and what its subnet tells guests.
type Lease struct {
	Subnet  string // the subnet's id
	Address string // with the length of the subnet's prefix: 10.0.0.5/24
	Gateway string // empty: none
	DNS     []string
	Routes  []Route
	Asks    bool   // the guest is to ask for it (DHCP, router advertisements), not to set it
	Mode    string // of IPv6, as the subnet's ipv6_address_mode; empty: DHCP where the guest asks
}

// Mark says who made an object, when, and of which configuration.
type Mark struct {
	By          string    `json:"by"` // user and project
	At          time.Time `json:"at"`
	Provider    string    `json:"provider"` // the provider's version
	Fingerprint string    `json:"fingerprint"`
	Adopted     bool      `json:"adopted,omitempty"` // somebody else made it, and it was imported
}

// Clock is the speed of a core in MHz on the hosts where an instance may run: a reservation counts with the fastest, a limit
// with the slowest. Zero where it is not known.
type Clock struct {
	Slowest int64 `json:"slowest,omitempty"`
	Fastest int64 `json:"fastest,omitempty"`
}

// Allocation is how much of something is guaranteed (Reservation), at most (Limit, -1 is no limit) and in relation to others.
type Allocation struct {
	Limit       int64
	Reservation int64
	Level       string // low, normal, high or custom
	Shares      int64
}

// The kinds of disk that an instance has beside its root disk.
const (
	DiskEphemeral = "ephemeral"
	DiskSwap      = "swap"
)

// Disk is a disk of an instance beside its root disk. It lives and dies with the instance.
type Disk struct {
	Kind string `json:"kind"` // DiskEphemeral or DiskSwap
	MB   int64  `json:"mb"`
	Bus  string `json:"bus,omitempty"` // as in block_device.disk_bus; empty: the root disk's

	Place string `json:"place,omitempty"` // where it sits on the VM, for example "scsi0:1"
}

// BlockDevice is a block_device block as it was written.
type BlockDevice struct {
	Source      string `json:"source"`                // image, blank, volume or snapshot
	Destination string `json:"destination,omitempty"` // local or volume
	UUID        string `json:"uuid,omitempty"`
	SizeGiB     int64  `json:"size,omitempty"`
	BootIndex   *int64 `json:"boot_index,omitempty"`   // nil: not written
	GuestFormat string `json:"guest_format,omitempty"` // swap makes it the swap disk
	Bus         string `json:"bus,omitempty"`
	DeviceType  string `json:"device_type,omitempty"`
	VolumeType  string `json:"volume_type,omitempty"`
	Delete      *bool  `json:"delete_on_termination,omitempty"` // nil: not written
}

// File is a file that is written into the guest.
type File struct {
	Path    string
	Content string
}

// SortedFiles orders files by their path.
func SortedFiles(files []File) []File {
	slices.SortFunc(files, func(a, b File) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Content, b.Content)) })
	return files
}

// SumFiles is the SHA-256 of sorted files, in hex; empty where there are none.
func SumFiles(files []File) string {
	if len(files) == 0 {
		return ""
	}
	raw, _ := json.Marshal(files) // strings only
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
