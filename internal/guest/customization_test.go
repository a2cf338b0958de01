// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const someMAC = "00:50:56:01:02:03"

func lease(address, gateway string, dns ...string) openstack.Lease {
	return openstack.Lease{Address: address, Gateway: gateway, DNS: dns}
}

func asked(l openstack.Lease) openstack.Lease {
	l.Asks = true
	return l
}

// TestCustomizationOfNICs: each NIC becomes a setting under its MAC.
func TestCustomizationOfNICs(t *testing.T) {
	t.Parallel()
	fixed := func(ip string) *types.CustomizationFixedIp { return &types.CustomizationFixedIp{IpAddress: ip} }
	six := func(gateway []string, ip ...types.BaseCustomizationIpV6Generator) *types.CustomizationIPSettingsIpV6AddressSpec {
		return &types.CustomizationIPSettingsIpV6AddressSpec{Ip: ip, Gateway: gateway}
	}
	dhcp := &types.CustomizationDhcpIpGenerator{}
	type settings = types.CustomizationIPSettings
	for name, c := range map[string]struct {
		guests  [][]openstack.Lease
		want    []settings
		servers []string
	}{
		"no lease": {[][]openstack.Lease{nil}, []settings{{Ip: dhcp}}, nil},
		"IPv4": {[][]openstack.Lease{{lease("10.0.0.5/22", "10.0.0.1", "10.0.0.2", "10.0.0.3")}},
			[]settings{{Ip: fixed("10.0.0.5"), SubnetMask: "255.255.252.0", Gateway: []string{"10.0.0.1"}}}, []string{"10.0.0.2", "10.0.0.3"}},
		"no gateway": {[][]openstack.Lease{{lease("10.0.0.5/31", "")}}, []settings{{Ip: fixed("10.0.0.5"), SubnetMask: "255.255.255.254"}}, nil},
		"one default route": {[][]openstack.Lease{nil, {lease("10.0.0.5/24", "10.0.0.1", "10.0.0.2")},
			{lease("10.1.0.5/24", "10.1.0.1", "10.0.0.2", "10.1.0.2")}},
			[]settings{{Ip: dhcp}, {Ip: fixed("10.0.0.5"), SubnetMask: "255.255.255.0", Gateway: []string{"10.0.0.1"}},
				{Ip: fixed("10.1.0.5"), SubnetMask: "255.255.255.0"}}, []string{"10.0.0.2", "10.1.0.2"}},
		"IPv4 by DHCP": {[][]openstack.Lease{{asked(lease("10.0.0.5/24", "10.0.0.1"))}}, []settings{{Ip: dhcp}}, nil},
		"both versions": {[][]openstack.Lease{{lease("2001:db8::5/64", "2001:db8::1", "2001:db8::2"), lease("10.0.0.5/24", "10.0.0.1"),
			lease("2001:db8:1::5/56", "2001:db8:1::1")}},
			[]settings{{Ip: fixed("10.0.0.5"), SubnetMask: "255.255.255.0", Gateway: []string{"10.0.0.1"},
				IpV6Spec: six([]string{"2001:db8::1"}, &types.CustomizationFixedIpV6{IpAddress: "2001:db8::5", SubnetMask: 64},
					&types.CustomizationFixedIpV6{IpAddress: "2001:db8:1::5", SubnetMask: 56})}}, []string{"2001:db8::2"}},
		"IPv6 of routers": {[][]openstack.Lease{{asked(lease("2001:db8::250:56ff:fe01:203/64", "2001:db8::1"))}},
			[]settings{{Ip: dhcp, IpV6Spec: six(nil, &types.CustomizationStatelessIpV6Generator{})}}, nil},
		"IPv6 of DHCP": {[][]openstack.Lease{{asked(lease("2001:db8::5/64", "2001:db8::1"))}},
			[]settings{{Ip: dhcp, IpV6Spec: six(nil, &types.CustomizationDhcpIpV6Generator{})}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, windows := range []bool{false, true} {
				nics := make([]openstack.NIC, len(c.guests))
				for i := range nics {
					nics[i] = openstack.NIC{MAC: strings.ToUpper(someMAC), Guest: c.guests[i]}
				}
				spec, err := Customization(Customized{Windows: windows, Name: "web", NICs: nics})
				if err != nil || len(spec.NicSettingMap) != len(c.want) {
					t.Fatalf("%v, %+v", err, spec)
				}
				var servers []string
				for i, m := range spec.NicSettingMap {
					servers = joined(servers, m.Adapter.DnsServerList...)
					m.Adapter.DnsServerList = nil
					if m.MacAddress != someMAC || !reflect.DeepEqual(m.Adapter, c.want[i]) {
						t.Errorf("Windows %v, NIC %d at %s: %s, not %s", windows, i, m.MacAddress, text(m.Adapter), text(c.want[i]))
					}
				}
				global := spec.GlobalIPSettings.DnsServerList
				if !windows {
					servers, global = global, servers
				}
				if len(global) > 0 || !reflect.DeepEqual(servers, c.servers) {
					t.Errorf("Windows %v: servers %v, and in the wrong place %v", windows, servers, global)
				}
			}
		})
	}
}

func text(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// TestCustomizationNames: the host name is that of the first port that has one, else the instance's, and the domain is the first one set.
func TestCustomizationNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		nics           []openstack.NIC
		host, domain   string
		suffixes, each []string
	}{
		"nothing said": {[]openstack.NIC{{}}, "web-1", "", nil, []string{""}},
		"a network says": {[]openstack.NIC{{}, {DNSDomain: "example.org."}}, "web-1", "example.org", []string{"example.org"},
			[]string{"", "example.org"}},
		"a port says": {[]openstack.NIC{{}, {DNSName: "db", DNSDomain: "example.org."}, {DNSName: "other"}}, "db", "example.org",
			[]string{"example.org"}, []string{"", "example.org", ""}},
		"a port says all": {[]openstack.NIC{{DNSName: "db.lab.example.org.", DNSDomain: "example.org."}, {DNSDomain: "example.net"}}, "db",
			"lab.example.org",
			[]string{"lab.example.org", "example.org", "example.net"}, []string{"example.org", "example.net"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := Customization(Customized{Name: "Web 1", NICs: c.nics})
			if err != nil {
				t.Fatal(err)
			}
			prep := spec.Identity.(*types.CustomizationLinuxPrep)
			var each []string
			for _, m := range spec.NicSettingMap {
				each = append(each, m.Adapter.DnsDomain)
			}
			if host := prep.HostName.(*types.CustomizationFixedName).Name; host != c.host || prep.Domain != c.domain || !*prep.HwClockUTC ||
				prep.ScriptText != "" {
				t.Errorf("%s in %s: %+v", host, prep.Domain, prep)
			}
			if !reflect.DeepEqual(spec.GlobalIPSettings.DnsSuffixList, c.suffixes) || !reflect.DeepEqual(each, c.each) {
				t.Errorf("suffixes %v, of NICs %v", spec.GlobalIPSettings.DnsSuffixList, each)
			}
			if _, linux := spec.Options.(*types.CustomizationLinuxOptions); !linux {
				t.Errorf("%T", spec.Options)
			}
		})
	}
}

func TestCustomizationOfWindows(t *testing.T) {
	t.Parallel()
	spec, err := Customization(Customized{Windows: true, Name: "web", AdminPass: "Secret-1"})
	if err != nil {
		t.Fatal(err)
	}
	got := spec.Identity.(*types.CustomizationSysprep)
	if p := got.GuiUnattended.Password; p == nil || p.Value != "Secret-1" || !p.PlainText || got.GuiUnattended.AutoLogon {
		t.Errorf("%+v", got.GuiUnattended)
	}
	if got.UserData.ComputerName.(*types.CustomizationFixedName).Name != "web" || got.UserData.FullName == "" || got.UserData.OrgName == "" ||
		got.Identification.JoinWorkgroup != "WORKGROUP" || got.Identification.JoinDomain != "" {
		t.Errorf("%+v", got)
	}
	if o := spec.Options.(*types.CustomizationWinOptions); !o.ChangeSID {
		t.Errorf("%+v", o)
	}
	if spec, err = Customization(Customized{Windows: true, Name: "web"}); err != nil ||
		spec.Identity.(*types.CustomizationSysprep).GuiUnattended.Password != nil {
		t.Errorf("%v, %+v", err, spec) // vSphere accepts no empty domain
	}
}

// TestCustomizationRefuses: what vSphere's specification cannot express is refused at the NIC.
func TestCustomizationRefuses(t *testing.T) {
	t.Parallel()
	for says, leases := range map[string][]openstack.Lease{
		"the port p has 2 IPv4 addresses, and vSphere's guest customization gives a NIC one": {lease("10.0.0.5/24", ""),
			lease("10.1.0.5/24", "")},
		"the port p has 3 IPv4 addresses":        {asked(lease("10.0.0.5/24", "")), lease("10.1.0.5/24", ""), lease("10.1.0.6/24", "")},
		"the address 10.0.0.5 of the port p has": {lease("10.0.0.5", "")},
	} {
		_, err := Customization(Customized{Name: "web", NICs: []openstack.NIC{{}, {Port: "p", Guest: leases}}})
		var field *openstack.FieldError
		if !errors.As(err, &field) || field.Field != "network[1]" || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
