package vcenter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Keys in an instance's extraConfig. None begins with guestinfo., where the guest itself can write.
const (
	// unfinishedKey is on a machine from its clone until all is done that must be before its first start and is no part of a clone.
	unfinishedKey = "novasphere.unfinished"
	serverKey     = "novasphere.server"
)

// serverRecord is what was asked for and cannot be read off the VM. The flavor is embedded, as Nova does: an instance keeps
// what it was made with when the flavor's record changes or goes.
type serverRecord struct {
	Schema      int               `json:"schema"`
	Flavor      openstack.Flavor  `json:"flavor"`
	ImageID     string            `json:"image_id"`
	ImageName   string            `json:"image_name"`
	Properties  map[string]string `json:"properties,omitempty"`
	KeyPair     string            `json:"key_pair,omitempty"`
	Description string            `json:"description,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	NICs        []openstack.NIC   `json:"nics,omitempty"`
	Disks       []openstack.Disk  `json:"disks,omitempty"`
	UserDataSum string            `json:"user_data_sha256,omitempty"`
	Updated     time.Time         `json:"updated"`

	BlockDevices   []openstack.BlockDevice `json:"block_device,omitempty"`
	ConfigDrive    bool                    `json:"config_drive,omitempty"`
	PersonalitySum string                  `json:"personality_sha256,omitempty"`
	SecurityGroups []string                `json:"security_groups,omitempty"`
	Clock          openstack.Clock         `json:"clock,omitzero"`
	Shelved        bool                    `json:"shelved,omitempty"` // off, and put away
	Zone           string                  `json:"zone,omitempty"`    // as it was asked for, with a host where one was named; empty: nova
}

func recordOf(s openstack.Server) serverRecord {
	r := serverRecord{Schema: records.Schema, Flavor: s.Flavor, ImageID: s.ImageID, ImageName: s.ImageName, Properties: s.Properties,
		KeyPair:     s.KeyPair,
		Description: s.Description, Metadata: s.Metadata, Tags: s.Tags, NICs: s.NICs, Disks: s.Disks, Updated: s.Updated,
		UserDataSum:  s.UserDataSum,
		BlockDevices: s.BlockDevices, ConfigDrive: s.ConfigDrive, PersonalitySum: s.PersonalitySum, SecurityGroups: s.SecurityGroups,
		Clock:   s.Clock,
		Shelved: s.PowerState == openstack.Shelved}
	if s.Zone != inventory.DefaultZone {
		r.Zone = s.Zone
	}
	if s.UserData != "" {
		r.UserDataSum = sumOf(s.UserData)
	}
	if len(s.Personality) > 0 {
		r.PersonalitySum = openstack.SumFiles(s.Personality)
	}
	return r
}

// sumOf is a text's SHA-256, in hex.
func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (r serverRecord) text() string {
	raw, _ := json.Marshal(r) // strings and numbers only
	return string(raw)
}

// fingerprint is a hash of what was asked for: equal configurations have equal ones.
func fingerprint(s openstack.Server) string {
	nets := make([]string, len(s.NICs))
	for i, nic := range s.NICs {
		nets[i] = nic.NetworkID
	}
	raw, _ := json.Marshal([]any{s.Name, s.Flavor.Name, s.ImageID, s.KeyPair, s.Description, s.Metadata, s.Tags, nets, s.UserData,
		s.BlockDevices, s.ConfigDrive, openstack.SumFiles(s.Personality), s.SecurityGroups})
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// errForeign says that a VM is not an instance as this provider or Nova makes them; it can be imported all the same.
var errForeign = errors.New("it has no record of an instance")

// observe reads an instance off its VM.
func observe(vm mo.VirtualMachine) (openstack.Server, error) {
	if vm.Config == nil {
		return openstack.Server{}, unshown(vm)
	}
	keys, copyOf := recordsAndOriginal(vm.Config)
	s := openstack.Server{ID: strings.ToLower(vm.Config.InstanceUuid),
		ServerSpec: openstack.ServerSpec{Name: vm.Name, PowerState: powerState(vm.Runtime.PowerState)},
		ServerStatus: openstack.ServerStatus{MoRef: vm.Self.Value, VCPUs: int64(vm.Config.Hardware.NumCPU),
			RAM: int64(vm.Config.Hardware.MemoryMB), Updated: vm.Config.Modified, CopyOf: copyOf}}
	s.CPU, s.Memory = vmspec.Allocation(vm.Config.CpuAllocation), vmspec.Allocation(vm.Config.MemoryAllocation)
	s.CPUHotAdd = vm.Config.CpuHotAddEnabled != nil && *vm.Config.CpuHotAddEnabled
	s.RAMHotAdd = vm.Config.MemoryHotAddEnabled != nil && *vm.Config.MemoryHotAddEnabled
	s.RAMLimit, s.RAMStep, s.GuestID = vm.Config.HotPlugMemoryLimit, vm.Config.HotPlugMemoryIncrementSize, vm.Config.GuestId
	if vm.Config.Hardware.NumCoresPerSocket != nil {
		s.Cores = int64(*vm.Config.Hardware.NumCoresPerSocket)
	}
	if vm.Config.CreateDate != nil {
		s.Created = *vm.Config.CreateDate
	}
	if disk := vmspec.RootDisk(vm.Config.Hardware.Device); disk != nil {
		s.Disk, s.Datastore = disk.CapacityInKB>>20, datastoreOf(diskFile(disk))
	}
	s.Stuck = stuck(vm)
	err := recorded(&s, keys)
	if err != nil && !errors.Is(err, errForeign) {
		return s, err
	}
	s.Recorded = err == nil && (s.Mark != nil || s.ImageID != "" || s.ImageName != "") // else of its NICs alone, by compute_interface_attach
	ofNova(&s, vm, keys)
	s.Untold = untold(keys, s)
	s.Disks = vmspec.DisksAt(vm.Config.Hardware.Device, s.Disks)
	s.Besides = besides(vm, s.Disks)
	if s.Unfinished = keys[unfinishedKey] != "" && s.PowerState == openstack.Shutoff; s.Unfinished {
		s.ConfigDrive = s.ConfigDrive && vmspec.NovaConfigDrive(vm.Config.Hardware.Device)
	}
	addNICs(&s, vm, keys)
	return s, nil
}

// datastoreOf is the datastore's name in the path of a file on it, as people know it.
func datastoreOf(file string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(file, "["), "] ")
	return property.UnescapeName(name)
}

func powerState(p types.VirtualMachinePowerState) string {
	return map[types.VirtualMachinePowerState]string{
		types.VirtualMachinePowerStatePoweredOn: openstack.Active, types.VirtualMachinePowerStatePoweredOff: openstack.Shutoff,
		types.VirtualMachinePowerStateSuspended: openstack.Suspended,
	}[p]
}

// recorded fills in what the VM's extraConfig says of the instance.
func recorded(s *openstack.Server, keys map[string]string) error {
	var mark openstack.Mark
	if text := keys[records.MarkKey]; text != "" && json.Unmarshal([]byte(text), &mark) == nil {
		s.Mark = &mark
	}
	text, ok := keys[serverKey]
	if !ok {
		return errForeign
	}
	where := fmt.Sprintf("the record %s in the advanced parameters of VM %s", serverKey, s.Name)
	var r serverRecord
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return fmt.Errorf("%s cannot be read (%w): somebody edited it; put its former value back", where, err)
	}
	if r.Schema > records.Schema {
		return fmt.Errorf("%s was written by a newer version of this provider (schema %d, this one knows %d): upgrade the provider", where,
			r.Schema, records.Schema)
	}
	s.Flavor, s.ImageID, s.ImageName, s.KeyPair, s.Description = r.Flavor, r.ImageID, r.ImageName, r.KeyPair, r.Description
	s.Metadata, s.Tags, s.NICs, s.Properties, s.UserDataSum = r.Metadata, r.Tags, r.NICs, r.Properties, r.UserDataSum
	s.Disks, s.BlockDevices, s.ConfigDrive, s.PersonalitySum, s.SecurityGroups, s.Clock = r.Disks, r.BlockDevices, r.ConfigDrive,
		r.PersonalitySum, r.SecurityGroups, r.Clock
	s.Zone = r.Zone
	bound := readAffinity(keys[affinityKey])
	s.Hints, s.Pin = bound.Hints, bound.Pin
	if r.Shelved && s.PowerState == openstack.Shutoff {
		s.PowerState = openstack.Shelved
	}
	if r.Updated.After(s.Updated) {
		s.Updated = r.Updated
	}
	if data, ok := vmspec.Unpack(keys["guestinfo.userdata"], keys["guestinfo.userdata.encoding"]); ok && r.UserDataSum != "" {
		if sumOf(data) == r.UserDataSum {
			s.UserData = data
		}
	}
	return nil
}

// addNICs joins the recorded NICs with those that the machine has, by MAC, and with what the guest reports. A NIC that was
// plugged elsewhere shows where; one that is gone is dropped; one that nobody recorded is appended.
func addNICs(s *openstack.Server, vm mo.VirtualMachine, keys map[string]string) {
	s.NICs = plugged(s.NICs, vm.Config.Hardware.Device, s.PowerState == openstack.Active)
	if !s.Recorded {
		s.NICs = named(s.NICs, vm.Config.Hardware.Device, keys)
	}
	addAddresses(s, vm)
}

func plugged(recorded []openstack.NIC, devices []types.BaseVirtualDevice, running bool) []openstack.NIC {
	var out, others []openstack.NIC
	present := map[string]*types.VirtualEthernetCard{}
	for _, device := range devices {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			is := card.GetVirtualEthernetCard()
			mac := strings.ToLower(is.MacAddress)
			present[mac] = is
			if !slices.ContainsFunc(recorded, func(n openstack.NIC) bool { return strings.EqualFold(n.MAC, mac) }) {
				others = append(others, openstack.NIC{NetworkID: networkOf(is.Backing), MAC: mac, Plug: plugOf(is.Backing)})
			}
		}
	}
	for _, nic := range recorded {
		is := present[strings.ToLower(nic.MAC)]
		if is == nil {
			continue
		}
		if plug := plugOf(is.Backing); nic.Plug != "" && plug != nic.Plug {
			nic.Home, nic.NetworkID, nic.Plug = nic.NetworkID, networkOf(is.Backing), plug
		}
		nic.Cut = vmspec.Disconnected(is, running)
		out = append(out, nic)
	}
	return append(out, others...)
}

// addAddresses fills in the addresses that were written into the guest, and what else it reports.
func addAddresses(s *openstack.Server, vm mo.VirtualMachine) {
	for i := range s.NICs {
		nic := &s.NICs[i]
		nic.IPv4, nic.IPv6 = addresses(nic.Fixed)
		if vm.Guest == nil || s.PowerState != openstack.Active {
			continue
		}
		for _, reported := range vm.Guest.Net {
			if strings.EqualFold(reported.MacAddress, nic.MAC) {
				nic.IPv4, nic.IPv6 = addresses(append(slices.Clone(nic.Fixed), without(reported.IpAddress, nic.Fixed)...))
			}
		}
	}
	s.AccessIPv4 = accessAddress(s.NICs, func(n openstack.NIC) []string { return n.IPv4 })
	s.AccessIPv6 = accessAddress(s.NICs, func(n openstack.NIC) []string { return n.IPv6 })
}

// without are the values that are not among others.
func without(values, others []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(others, v) })
}

// accessAddress is the first address of the NIC that was named for it, or of any.
func accessAddress(nics []openstack.NIC, of func(openstack.NIC) []string) string {
	first := ""
	for _, nic := range nics {
		all := of(nic)
		if len(all) > 0 && nic.Access {
			return all[0]
		}
		if len(all) > 0 && first == "" {
			first = all[0]
		}
	}
	return first
}

// plugOf is how a device names its network: by a portgroup's key, an opaque network's id, or a name.
func plugOf(backing types.BaseVirtualDeviceBackingInfo) string {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return b.Port.PortgroupKey
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return b.DeviceName
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
		return b.OpaqueNetworkId
	}
	return ""
}

// networkOf is the id by which Network finds a device's network.
func networkOf(backing types.BaseVirtualDeviceBackingInfo) string {
	if b, ok := backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok && b.Network != nil {
		return b.Network.Value
	}
	return plugOf(backing)
}

// plugTo is plugOf for a network.
func plugTo(n openstack.Network) string {
	switch n.Kind {
	case openstack.NetworkDistributed:
		return n.PortgroupKey
	case openstack.NetworkOpaque:
		return n.OpaqueID
	}
	return n.Name
}

// addresses sorts what a guest reports; link-local addresses tell nobody anything.
func addresses(reported []string) (v4, v6 []string) {
	for _, text := range reported {
		ip := net.ParseIP(text)
		switch {
		case ip == nil || ip.IsLinkLocalUnicast() || ip.IsLoopback():
		case ip.To4() != nil:
			v4 = append(v4, ip.String())
		default:
			v6 = append(v6, ip.String())
		}
	}
	return v4, v6
}
