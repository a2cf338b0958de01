// SPDX-License-Identifier: MPL-2.0

// Package configdrive makes the config drive: the ISO image with an instance's metadata that OpenStack attaches. Layout and label
// (config-2) are Nova's, so that unmodified images, cloud-init and cloudbase-init find it.
package configdrive

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Content is what a config drive tells an instance.
type Content struct {
	Server    openstack.Server // with its id, NICs, metadata, user data and personality
	Project   string
	PublicKey string

	// PasswordHash is the administrator's password as in /etc/shadow, which Linux guests get in vendor data. AdminPass is the password
	// itself, which Windows needs; whoever can read the image on its datastore can read it. At most one of them is set.
	PasswordHash string
	AdminPass    string
}

// label is the volume label by which guests find a config drive.
const label = "config-2"

// versions are the folders that Nova writes (nova.api.metadata.base). A guest reads the newest that it knows.
var versions = []string{"2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22", "2018-08-27",
	"2020-10-14", "latest"}

// Build returns the image: ISO 9660 with Rock Ridge names for Linux and Joliet names for Windows, like Nova's.
func Build(c Content) ([]byte, error) {
	files, err := c.files()
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "novasphere-config-drive-") // readable by this user only
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	image := filepath.Join(scratch, "image.iso")
	if err := write(image, filepath.Join(scratch, "tree"), files); err != nil {
		return nil, fmt.Errorf("making the ISO image: %w", err)
	}
	data, err := os.ReadFile(image)
	if err != nil {
		return nil, err
	}
	return trimmed(data), nil
}

// trimmed cuts an image after its last block. The volume descriptor, which is the 17th block, holds the number of blocks.
func trimmed(image []byte) []byte {
	const sector, blocks = 2048, 80
	size := int(binary.LittleEndian.Uint32(image[16*sector+blocks:])) * sector
	return image[:min(size, len(image))]
}

func write(image, tree string, files map[string][]byte) error {
	size := int64(1 << 20)
	for name, data := range files {
		size += int64(len(data)) + 4096
		target := filepath.Join(tree, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o644); err != nil { //nolint:gosec // the guest sees these modes
			return err
		}
	}
	backend, err := file.CreateFromPath(image, size)
	if err != nil {
		return err
	}
	defer func() { _ = backend.Close() }()
	iso, err := iso9660.Create(backend, size, 0, 2048, tree)
	if err != nil {
		return err
	}
	return iso.Finalize(iso9660.FinalizeOptions{RockRidge: true, Joliet: true, VolumeIdentifier: label})
}

// files returns the files of the image by path.
func (c Content) files() (map[string][]byte, error) {
	out := map[string][]byte{}
	documents := map[string]any{"meta_data.json": c.metadata(), "vendor_data.json": c.vendorData(), "vendor_data2.json": map[string]any{},
		"network_data.json": c.networks()}
	for _, version := range versions {
		for name, document := range documents {
			raw, err := json.Marshal(document)
			if err != nil {
				return nil, err
			}
			out[path.Join("openstack", version, name)] = raw
		}
		if c.Server.UserData != "" {
			out[path.Join("openstack", version, "user_data")] = []byte(c.Server.UserData)
		}
	}
	for i, f := range c.Server.Personality {
		out[path.Join("openstack", contentPath(i))] = []byte(f.Content)
	}
	for _, version := range []string{"2009-04-04", "latest"} {
		raw, err := json.Marshal(c.ec2())
		if err != nil {
			return nil, err
		}
		out[path.Join("ec2", version, "meta-data.json")] = raw
		if c.Server.UserData != "" {
			out[path.Join("ec2", version, "user-data")] = []byte(c.Server.UserData)
		}
	}
	return out, nil
}

func contentPath(i int) string { return fmt.Sprintf("content/%04d", i) }

// metadata returns meta_data.json, with Nova's keys.
func (c Content) metadata() map[string]any {
	var seed [512]byte
	_, _ = rand.Read(seed[:]) // never fails
	s := c.Server
	out := map[string]any{
		"uuid": s.ID, "name": s.Name, "hostname": guest.Hostname(s.Name, s.ID), "launch_index": 0, "availability_zone": s.Zone,
		"project_id": c.Project, "random_seed": base64.StdEncoding.EncodeToString(seed[:]), "devices": []any{}, "dedicated_cpus": []any{},
	}
	if len(s.Metadata) > 0 {
		out["meta"] = s.Metadata
	}
	if c.PublicKey != "" {
		out["public_keys"] = map[string]string{s.KeyPair: c.PublicKey}
		out["keys"] = []any{map[string]string{"name": s.KeyPair, "type": "ssh", "data": c.PublicKey}}
	}
	if c.AdminPass != "" {
		out["admin_pass"] = c.AdminPass
	}
	var files []any
	for i, f := range s.Personality {
		files = append(files, map[string]string{"path": f.Path, "content_path": "/" + contentPath(i)})
	}
	if len(files) > 0 {
		out["files"] = files
	}
	return out
}

// vendorData returns what cloud-init reads besides the user data. It has no files: those are in the metadata.
func (c Content) vendorData() map[string]any {
	text := guest.VendorData(guest.CloudInit{PasswordHash: c.PasswordHash, AnnounceEnd: c.Server.AnnounceEnd})
	if text == "" {
		return map[string]any{}
	}
	return map[string]any{"cloud-init": text}
}

// networks returns network_data.json: one link for each NIC with the addresses of its port, or with DHCP if it has none.
func (c Content) networks() map[string]any {
	links, nets, services := []any{}, []map[string]any{}, []any{}
	told := map[string]bool{}
	for _, nic := range guest.Told(c.Server.NICs) {
		link := "tap" + nic.Port[:min(len(nic.Port), 11)]
		links = append(links, map[string]any{"id": link, "vif_id": nic.Port, "type": "phy", "ethernet_mac_address": strings.ToLower(nic.MAC),
			"mtu": mtu(nic)})
		if len(nic.Guest) == 0 {
			nets = append(nets, map[string]any{"type": "ipv4_dhcp", "link": link, "network_id": nic.NetworkID})
		}
		for _, lease := range nic.Guest {
			one := lessee(lease)
			one["link"], one["network_id"] = link, nic.NetworkID
			nets = append(nets, one)
			for _, server := range lease.DNS {
				if !told[server] {
					services = append(services, map[string]any{"type": "dns", "address": server})
				}
				told[server] = true
			}
		}
	}
	for i, one := range nets {
		one["id"] = fmt.Sprintf("network%d", i)
	}
	return map[string]any{"links": links, "networks": nets, "services": services}
}

// mtu returns a NIC's MTU in bytes, or nil (JSON null) if the guest is told none.
func mtu(nic openstack.NIC) any {
	if told := guest.MTU(nic); told > 0 {
		return told
	}
	return nil
}

// lessee returns an address in Nova's form: netmask and routes in fields of their own, with the default route among the routes. The type
// of an IPv6 address tells how the guest obtains it (nova.virt.netutils).
func lessee(l openstack.Lease) map[string]any {
	prefix, err := netip.ParsePrefix(l.Address)
	kind, zero := "ipv4", "0.0.0.0"
	if err == nil && prefix.Addr().Is6() {
		kind, zero = "ipv6", "::"
	}
	if err != nil || l.Asks && l.Mode == "" {
		return map[string]any{"type": kind + "_dhcp"}
	}
	if l.Asks {
		kind += "_" + l.Mode
	}
	routes := []map[string]string{}
	if l.Gateway != "" {
		routes = append(routes, map[string]string{"network": zero, "netmask": zero, "gateway": l.Gateway})
	}
	for _, r := range l.Routes {
		if to, err := netip.ParsePrefix(r.Destination); err == nil {
			routes = append(routes, map[string]string{"network": to.Addr().String(), "netmask": netmask(to), "gateway": r.NextHop})
		}
	}
	out := map[string]any{"type": kind, "ip_address": prefix.Addr().String(), "netmask": netmask(prefix), "routes": routes}
	if len(l.DNS) > 0 {
		services := []map[string]string{}
		for _, server := range l.DNS {
			services = append(services, map[string]string{"type": "dns", "address": server})
		}
		out["services"] = services
	}
	return out
}

// netmask returns a prefix's mask in the form of an address, for either IP version.
func netmask(p netip.Prefix) string {
	return net.IP(net.CIDRMask(p.Bits(), p.Addr().BitLen())).String()
}

func (c Content) ec2() map[string]any {
	out := map[string]any{"instance-id": c.Server.ID, "hostname": guest.Hostname(c.Server.Name, c.Server.ID),
		"local-hostname": guest.Hostname(c.Server.Name, c.Server.ID), "instance-type": c.Server.Flavor.Name, "ami-id": c.Server.ImageID,
		"placement": map[string]string{"availability-zone": c.Server.Zone}}
	if c.PublicKey != "" {
		out["public-keys"] = map[string]any{"0": map[string]string{"_name": "0=" + c.Server.KeyPair, "openssh-key": c.PublicKey}}
	}
	return out
}
