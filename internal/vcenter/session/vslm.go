// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vslm"
	"github.com/vmware/govmomi/vslm/methods"
	"github.com/vmware/govmomi/vslm/types"
)

// Vslm is the endpoint that finds first class disks by their ids and metadata, whatever datastore they lie on.
type Vslm struct {
	soap.RoundTripper
	Manager ref // VslmVStorageObjectManager, which answers
}

// Vslm gives that endpoint. Its session is that of the SOAP client; the first use asks it for its manager.
func (s *Session) Vslm(ctx context.Context) (*Vslm, error) {
	vim, err := s.Vim(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vslm != nil {
		return s.vslm, nil
	}
	endpoint := vim.Client.NewServiceClient(vslm.Path, vslm.Namespace)
	endpoint.Cookie = vim.SessionCookie
	out := &Vslm{RoundTripper: s.renewing(endpoint, vim)}
	res, err := methods.RetrieveContent(ctx, out, &types.RetrieveContent{This: vslm.ServiceInstance})
	if err != nil {
		return nil, err
	}
	out.Manager, s.vslm = res.Returnval.VStorageObjectManager, out
	return out, nil
}
