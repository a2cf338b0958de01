package openstack

import "time"

// Power states as the compute API names them.
const (
	Active    = "active"
	Shutoff   = "shutoff"
	Suspended = "suspended"
)

// Server is an instance: what was asked for, as recorded on its VM, and what the VM is now.
type Server struct {
	ID          string // the VM's instance UUID
	MoRef       string // the VM's managed object id
	Name        string
	Path        string // inventory path, where it was asked for
	Description string
	Flavor      Flavor // as it was when the instance was made or last resized, as Nova embeds it
	ImageID     string
	ImageName   string
	Properties  map[string]string // the image's, as far as they say something about the VM
	KeyPair     string
	Metadata    map[string]string
	Tags        []string
	UserData    string // decoded; empty where the guest removed it
	UserDataSum string // SHA-256 of what it was made with, in hex; empty where there was none
	PowerState  string // Active, Shutoff or Suspended
	NICs        []NIC  // in the order they were asked for
	AccessIPv4  string
	AccessIPv6  string
	VCPUs       int64 // what the VM has now
	RAM         int64 // MB, what the VM has now
	Disk        int64 // GiB, what the root disk has now, rounded down
	Cores       int64 // per socket, what the VM has now
	CPUHotAdd   bool  // whether vCPUs can be added while it runs
	RAMHotAdd   bool  // whether memory can
	Created     time.Time
	Updated     time.Time
	Mark        *Mark // nil: not made by this provider
}

// NIC is one network card of an instance.
type NIC struct {
	NetworkID   string   `json:"network"`
	NetworkName string   `json:"-"`
	Port        string   `json:"port"` // the port's id
	MAC         string   `json:"mac"`
	Access      bool     `json:"access,omitempty"` // its address is the instance's access address
	IPv4        []string `json:"-"`                // as the guest reports them
	IPv6        []string `json:"-"`
}

// Mark says who made an object, when, and of which configuration.
type Mark struct {
	By          string    `json:"by"` // user and project
	At          time.Time `json:"at"`
	Provider    string    `json:"provider"` // the provider's version
	Fingerprint string    `json:"fingerprint"`
}
