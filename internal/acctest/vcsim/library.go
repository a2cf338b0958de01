// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vmdk"
)

const (
	// LibraryName is the name of the content library.
	LibraryName = "images"
	// LibraryItem is the name of the one item in it, an OVF.
	LibraryItem = "cirros-lib"
)

// fillLibrary makes the content library and uploads one small OVF to it, the way a client would.
func (v *VCenter) fillLibrary() error {
	ctx := context.Background()
	client, err := v.REST(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Logout(ctx) }()
	store := v.datastore("vmfs-1")
	m := library.NewManager(client)
	id, err := m.CreateLibrary(ctx, library.Library{
		Name: LibraryName, Type: "LOCAL", Description: new("Images as files"),
		Storage: []library.StorageBacking{{DatastoreID: store.Self.Value, Type: "DATASTORE"}},
	})
	if err != nil {
		return fmt.Errorf("creating the library: %w", err)
	}
	item, err := m.CreateLibraryItem(ctx, library.Item{LibraryID: id, Name: LibraryItem, Type: library.ItemTypeOVF})
	if err != nil {
		return fmt.Errorf("creating the library item: %w", err)
	}
	session, err := m.CreateLibraryItemUpdateSession(ctx, library.Session{LibraryItemID: item})
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{LibraryItem + ".ovf": []byte(cirrosOVF()), cirrosDisk: tinyDisk()} {
		if err := upload(ctx, m, session, name, content); err != nil {
			return fmt.Errorf("uploading %s: %w", name, err)
		}
	}
	v.rest.ExpireUploads()
	return m.CompleteLibraryItemUpdateSession(ctx, session)
}

func (v *VCenter) datastore(name string) *simulator.Datastore {
	for _, e := range v.context().Map.All("Datastore") {
		if s := e.(*simulator.Datastore); s.Name == name {
			return s
		}
	}
	return nil
}

func upload(ctx context.Context, m *library.Manager, session, name string, content []byte) error {
	file, err := m.AddLibraryItemFile(ctx, session, library.UpdateFile{Name: name, SourceType: "PUSH", Size: int64(len(content))})
	if err != nil {
		return err
	}
	u, err := m.ParseURL(file.UploadEndpoint.URI)
	if err != nil {
		return err
	}
	p := soap.DefaultUpload
	p.ContentLength = int64(len(content))
	p.Headers = map[string]string{"vmware-api-session-id": session}
	return m.Client.Upload(ctx, bytes.NewReader(content), u, &p)
}

const cirrosDisk = "cirros-lib-disk1.vmdk"

// tinyDisk stands for a stream-optimised disk: its header and descriptor, with nothing to write to a disk.
func tinyDisk() []byte {
	const sector, sectors = 512, 112 << 20 / 512
	var info vmdk.Info
	info.Header.MagicNumber, info.Header.Version = 0x564d444b, 3
	info.Header.Flags, info.Header.Capacity = 1<<16, sectors // compressed
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, info.Header)
	d := vmdk.NewDescriptor(vmdk.Extent{Type: "SPARSE", Size: sectors, Info: cirrosDisk})
	_ = d.Write(&b)
	return append(b.Bytes(), make([]byte, 2*sector)...)[:3*sector]
}

// cirrosOVF describes a machine of one processor, 64 MiB and one disk.
func cirrosOVF() string {
	items := []string{
		hardware(1, 3, "", "<rasd:VirtualQuantity>1</rasd:VirtualQuantity>"),
		hardware(2, 4, "<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>", "<rasd:VirtualQuantity>64</rasd:VirtualQuantity>"),
		hardware(3, 6, "<rasd:Address>0</rasd:Address>", "<rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType>"),
		hardware(4, 17, "<rasd:AddressOnParent>0</rasd:AddressOnParent>",
			"<rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>", "<rasd:Parent>3</rasd:Parent>"),
		hardware(5, 10, "<rasd:AddressOnParent>7</rasd:AddressOnParent><rasd:AutomaticAllocation>true</rasd:AutomaticAllocation>",
			"<rasd:Connection>private</rasd:Connection><rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>"),
	}
	return fmt.Sprintf(ovfFrame, cirrosDisk, len(tinyDisk()), strings.Join(items, "\n      "))
}

// hardware is one element of the OVF's hardware section.
func hardware(id, kind int, before string, after ...string) string {
	return fmt.Sprintf("<Item>%s<rasd:ElementName>item %d</rasd:ElementName><rasd:InstanceID>%d</rasd:InstanceID>"+
		"<rasd:ResourceType>%d</rasd:ResourceType>%s</Item>", before, id, id, kind, strings.Join(after, ""))
}

const ovfFrame = `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
    xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
    xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>
    <File ovf:id="file1" ovf:href="%s" ovf:size="%d"/>
  </References>
  <DiskSection>
    <Info>Disks</Info>
    <Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="112" ovf:capacityAllocationUnits="byte * 2^20"
        ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>Networks</Info>
    <Network ovf:name="private"><Description>The network of the first NIC</Description></Network>
  </NetworkSection>
  <VirtualSystem ovf:id="cirros-lib">
    <Info>A virtual machine</Info>
    <Name>cirros-lib</Name>
    <OperatingSystemSection ovf:id="101" vmw:osType="otherLinux64Guest"><Info>Guest</Info></OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Hardware</Info>
      <System><vssd:ElementName>Hardware</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID>` +
	`<vssd:VirtualSystemType>vmx-19</vssd:VirtualSystemType></System>
      %s
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`
