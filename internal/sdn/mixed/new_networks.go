// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// newNetworks decides where a new network is made: on a distributed switch, or in NSX.
type newNetworks struct {
	tenantTypes []string // the segment types of networks that name none, in the order they are tried
	vlanZone    bool     // a VLAN that names no physical network is NSX's: the configuration has a transport zone for them

	onSwitch func(ctx context.Context, physical string) (found bool, err error)          // whether a switch has a physical network
	inNSX    func(ctx context.Context, physical string) (overlay, found bool, err error) // whether a transport zone is called so
}

// make calls do where a network belongs. A network whose segments say nothing is of the first tenant type that there is a segment for,
// as in Neutron; while several come into question, what do returns leaves the rest to the creation.
func (w newNetworks) make(ctx context.Context, n openstack.Network,
	do func(nsx bool, n openstack.Network) (openstack.Network, error)) (openstack.Network, error) {
	if n.Type != "" || n.PhysicalNetwork != "" || !n.AnyVLAN || len(w.tenantTypes) == 0 {
		nsx, n, err := w.home(ctx, n)
		if err != nil {
			return n, err
		}
		return do(nsx, n)
	}
	var first error
	for _, kind := range w.tenantTypes {
		tried := n
		tried.Type, tried.Overlay = kind, openstack.Overlay(kind)
		tried.AnyVLAN = !tried.Overlay
		out, err := do(tried.Overlay, tried)
		if len(w.tenantTypes) > 1 && err == nil && out.ID == "" {
			out.AnyVLAN, out.MTU = true, 0
		}
		if err == nil || out.ID != "" || !noSegment(err) {
			return out, err
		}
		if first == nil {
			first = err
		}
	}
	return n, first
}

// noSegment reports whether an error says that there is no segment for a network, so that another type may have one.
func noSegment(err error) bool {
	var wrong *openstack.FieldError
	return errors.As(err, &wrong) && wrong.Field == "segments"
}

// home returns whether a network that says what it is belongs into NSX: an overlay does, and a VLAN or flat network goes to whoever has its
// physical network.
func (w newNetworks) home(ctx context.Context, n openstack.Network) (nsx bool, _ openstack.Network, err error) {
	if openstack.Overlay(n.Type) {
		n.Overlay = true
		return true, n, nil
	}
	if n.PhysicalNetwork == "" {
		return w.vlanZone && !n.AnyVLAN, n, nil
	}
	onSwitch, err := w.onSwitch(ctx, n.PhysicalNetwork)
	if err != nil {
		return false, n, err
	}
	overlay, inNSX, err := w.inNSX(ctx, n.PhysicalNetwork)
	switch {
	case err != nil:
		return false, n, err
	case onSwitch && inNSX:
		return false, n, openstack.AttributeErrorf("segments", "%q is a physical network of a distributed switch and a transport zone of NSX as "+
			"well: write the id of the transport zone, or name the switch otherwise in the provider's physical_networks", n.PhysicalNetwork)
	case !onSwitch && !inNSX:
		return false, n, openstack.AttributeErrorf("segments", "%q is neither a physical network of the provider's physical_networks, nor a "+
			"distributed switch, nor a transport zone of NSX: write the name of one of these", n.PhysicalNetwork)
	case onSwitch:
		return false, n, nil
	case overlay && n.Type == "" && !n.Trunk && n.VLAN == 0:
		n.Overlay, n.AnyVLAN = true, false
	case n.AnyVLAN && !overlay: // that a VLAN cannot be in an overlay's zone is NSX's to say
		return true, n, openstack.AttributeErrorf("segments", "the network is in the transport zone %s of NSX, where no VLAN is chosen for it: "+
			"write its segmentation_id, or network_type = \"flat\"", n.PhysicalNetwork)
	}
	return true, n, nil
}
