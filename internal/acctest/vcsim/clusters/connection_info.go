// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// QueryConnectionInfo looks at a host that is to be added as adding it does. The simulator has no such method.
func (d *datacenterRules) QueryConnectionInfo(ctx *simulator.Context, req *types.QueryConnectionInfo) soap.HasFault {
	body := new(methods.QueryConnectionInfoBody)
	fault := checkConnection(types.HostConnectSpec{HostName: req.Hostname, UserName: req.Username, Password: req.Password,
		SslThumbprint: req.SslThumbprint})
	if fault == nil {
		fault = checkHostName(ctx, req.Hostname, types.ManagedObjectReference{})
	}
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	body.Res = &types.QueryConnectionInfoResponse{
		Returnval: types.HostConnectInfo{Host: types.HostListSummary{Config: types.HostConfigSummary{Name: req.Hostname}}}}
	return body
}
