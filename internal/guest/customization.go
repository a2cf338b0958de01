// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Customized is an instance as guest customization describes it to the guest.
type Customized struct {
	Windows   bool   // customized by Sysprep, else by LinuxPrep
	Name      string // the instance's
	AdminPass string // Windows: the administrator's; empty: none
	NICs      []openstack.NIC
}

// Customization returns the specification that goes with the clone. The guest has no cloud-init, so it learns only what vSphere's
// specification can express: one IPv4 address for each NIC, and no routes but the default one. Other routes are left out; anything else
// that it cannot express is an error.
//
// NICs are named by their MAC and stand in the order in which their devices are made, which is that of their PCI slots: vSphere 7 accepts
// no other order.
func Customization(c Customized) (*types.CustomizationSpec, error) {
	host, domain := names(c)
	computer, err := computerName(c.Windows, host)
	if err != nil {
		return nil, err
	}
	spec := &types.CustomizationSpec{}
	for i, nic := range Told(c.NICs) {
		adapter, err := adapterSettings(nic)
		if err != nil {
			return nil, openstack.AttributeErrorf(fmt.Sprintf("network[%d]", i), "%w", err)
		}
		servers := nameservers(nic)
		if c.Windows {
			adapter.DnsServerList = servers // Linux has one list for all NICs
		} else {
			spec.GlobalIPSettings.DnsServerList = joined(spec.GlobalIPSettings.DnsServerList, servers...)
		}
		if adapter.DnsDomain = undotted(nic.DNSDomain); adapter.DnsDomain != "" {
			spec.GlobalIPSettings.DnsSuffixList = joined(spec.GlobalIPSettings.DnsSuffixList, adapter.DnsDomain)
		}
		spec.NicSettingMap = append(spec.NicSettingMap, types.CustomizationAdapterMapping{MacAddress: strings.ToLower(nic.MAC), Adapter: adapter})
	}
	if domain != "" && !slices.Contains(spec.GlobalIPSettings.DnsSuffixList, domain) {
		spec.GlobalIPSettings.DnsSuffixList = append([]string{domain}, spec.GlobalIPSettings.DnsSuffixList...)
	}
	name := &types.CustomizationFixedName{Name: computer}
	if c.Windows {
		spec.Options, spec.Identity = &types.CustomizationWinOptions{ChangeSID: true, Reboot: types.CustomizationSysprepRebootOptionReboot},
			sysprep(name, c.AdminPass)
		return spec, nil
	}
	spec.Options = &types.CustomizationLinuxOptions{}
	spec.Identity = &types.CustomizationLinuxPrep{HostName: name, Domain: domain, HwClockUTC: types.NewBool(true)}
	return spec, nil
}

// names returns the guest's host name and domain: those of the first port that has a dns_name, which may be fully qualified, else the
// instance's name and the domain of the first network that has one.
func names(c Customized) (host, domain string) {
	for _, nic := range c.NICs {
		if host == "" && nic.DNSName != "" {
			host, domain, _ = strings.Cut(undotted(nic.DNSName), ".")
		}
	}
	for _, nic := range c.NICs {
		domain = cmp.Or(domain, undotted(nic.DNSDomain))
	}
	return cmp.Or(host, c.Name), domain
}

// adapterSettings returns the addresses of one NIC. A NIC without a lease uses DHCP. So does one whose leases are all IPv6, because no
// vSphere before 9.1 can leave IPv4 out.
func adapterSettings(nic openstack.NIC) (types.CustomizationIPSettings, error) {
	out := types.CustomizationIPSettings{Ip: &types.CustomizationDhcpIpGenerator{}}
	var v4 []openstack.Lease
	for _, l := range nic.Guest {
		at, err := netip.ParsePrefix(l.Address)
		switch {
		case err != nil:
			return out, fmt.Errorf("the address %s of the port %s has no prefix: %w", l.Address, nic.Port, err)
		case at.Addr().Is6():
			addIPv6(&out, nic, l, at)
		default:
			v4 = append(v4, l)
		}
	}
	fixed := slices.IndexFunc(v4, func(l openstack.Lease) bool { return !l.Asks })
	if fixed < 0 {
		return out, nil
	}
	if len(v4) > 1 {
		return out, fmt.Errorf("the port %s has %d IPv4 addresses, and vSphere's guest customization gives a NIC one: keep one fixed_ip of "+
			"IPv4, or use an image with cloud-init", nic.Port, len(v4))
	}
	at := netip.MustParsePrefix(v4[fixed].Address)
	out.Ip = &types.CustomizationFixedIp{IpAddress: at.Addr().String()}
	out.SubnetMask = net.IP(net.CIDRMask(at.Bits(), at.Addr().BitLen())).String()
	out.Gateway = gateway(v4[fixed])
	return out, nil
}

// addIPv6 adds an IPv6 address to a NIC: a fixed one, or one that the guest gets from routers where it follows from the MAC, else from
// DHCPv6.
func addIPv6(out *types.CustomizationIPSettings, nic openstack.NIC, l openstack.Lease, at netip.Prefix) {
	var ip types.BaseCustomizationIpV6Generator = &types.CustomizationFixedIpV6{IpAddress: at.Addr().String(), SubnetMask: int32(at.Bits())}
	switch {
	case l.Asks && fromMAC(at.Addr(), nic.MAC):
		ip = &types.CustomizationStatelessIpV6Generator{}
	case l.Asks:
		ip = &types.CustomizationDhcpIpV6Generator{}
	}
	if out.IpV6Spec == nil {
		out.IpV6Spec = &types.CustomizationIPSettingsIpV6AddressSpec{}
	}
	out.IpV6Spec.Ip = append(out.IpV6Spec.Ip, ip)
	if !l.Asks {
		out.IpV6Spec.Gateway = append(out.IpV6Spec.Gateway, gateway(l)...)
	}
}

// gateway returns the lease's gateway as a list, which is empty where another lease has the default route.
func gateway(l openstack.Lease) []string {
	if l.Gateway == "" {
		return nil
	}
	return []string{l.Gateway}
}

// fromMAC reports whether the lower half of an IPv6 address is derived from a MAC (RFC 4291, appendix A).
func fromMAC(at netip.Addr, mac string) bool {
	m, err := net.ParseMAC(mac)
	if err != nil || len(m) != 6 {
		return false
	}
	raw := at.As16()
	return slices.Equal(raw[8:], []byte{m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
}

// greenwich is Microsoft's index of the time zone nearest to UTC without summer time. UTC itself has no index.
const greenwich = 90

// sysprep returns the answer file. Owner and organization are required; the product key is the image's own (a volume license).
func sysprep(name types.BaseCustomizationName, password string) *types.CustomizationSysprep {
	out := &types.CustomizationSysprep{
		GuiUnattended:  types.CustomizationGuiUnattended{TimeZone: greenwich, AutoLogonCount: 1},
		UserData:       types.CustomizationUserData{FullName: "Administrator", OrgName: "OpenStack", ComputerName: name},
		Identification: types.CustomizationIdentification{JoinWorkgroup: "WORKGROUP"},
	}
	if password != "" {
		out.GuiUnattended.Password = &types.CustomizationPassword{Value: password, PlainText: true}
	}
	return out
}
