// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"net"
	"strconv"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// PlainGuest is the key of extraConfig that, set to TRUE, makes a machine one whose guest has no cloud-init: it reads nothing of
// guestinfo. On a template it holds for its clones.
const PlainGuest = "vcsim.guest.plain"

// setting is what a customization gave one NIC, which outlives a reboot.
type setting struct {
	addresses   []string
	asks        bool // DHCP has a say too
	dns, search []string
}

// PrepareCustomization keeps a customization until the machine starts.
func (g *Guests) PrepareCustomization(vm types.ManagedObjectReference, spec types.CustomizationSpec) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending[vm] = &spec
}

// applyCustomization carries out what was prepared for a machine that starts, unless the server has found it wrong by now. The guest
// takes no more of a Windows name than Windows has room for.
func (g *Guests) applyCustomization(vm *mo.VirtualMachine) {
	g.mu.Lock()
	defer g.mu.Unlock()
	spec := g.pending[vm.Self]
	delete(g.pending, vm.Self)
	done := string(types.GuestInfoCustomizationStatusTOOLSDEPLOYPKG_SUCCEEDED)
	if spec == nil || vm.Guest.CustomizationInfo == nil || vm.Guest.CustomizationInfo.CustomizationStatus != done {
		return
	}
	for i, card := range base.NICs(vm) {
		if i < len(spec.NicSettingMap) {
			g.static[nicID{vm.Self, card.Key}] = settingOf(spec, spec.NicSettingMap[i].Adapter)
		}
	}
	var name types.BaseCustomizationName
	switch identity := spec.Identity.(type) {
	case *types.CustomizationLinuxPrep:
		name = identity.HostName
	case *types.CustomizationSysprep:
		name = identity.UserData.ComputerName
	}
	if fixed, ok := name.(*types.CustomizationFixedName); ok {
		host := fixed.Name
		if _, windows := spec.Identity.(*types.CustomizationSysprep); windows {
			host = host[:min(len(host), 15)]
		}
		g.names[vm.Self] = host
	}
}

func settingOf(spec *types.CustomizationSpec, a types.CustomizationIPSettings) setting {
	s := setting{dns: a.DnsServerList, search: spec.GlobalIPSettings.DnsSuffixList}
	if _, linux := spec.Identity.(*types.CustomizationLinuxPrep); linux {
		s.dns = spec.GlobalIPSettings.DnsServerList
	}
	switch ip := a.Ip.(type) {
	case *types.CustomizationFixedIp:
		s.addresses = append(s.addresses, ip.IpAddress+"/"+strconv.Itoa(MaskBits(a.SubnetMask)))
	case *types.CustomizationDhcpIpGenerator:
		s.asks = true
	}
	if a.IpV6Spec != nil {
		for _, generator := range a.IpV6Spec.Ip {
			if fixed, ok := generator.(*types.CustomizationFixedIpV6); ok {
				s.addresses = append(s.addresses, fixed.IpAddress+"/"+strconv.Itoa(int(fixed.SubnetMask)))
			}
		}
	}
	return s
}

// hostName is what a customization has called a machine's guest.
func (g *Guests) hostName(vm types.ManagedObjectReference) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.names[vm]
}

// MaskBits is the length of a mask such as 255.255.255.0, and 0 where it is none.
func MaskBits(mask string) int {
	ip := net.ParseIP(mask).To4()
	if ip == nil {
		return 0
	}
	bits, _ := net.IPMask(ip).Size()
	return bits
}
