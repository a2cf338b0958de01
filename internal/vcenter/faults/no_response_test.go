// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"testing"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func TestLost(t *testing.T) {
	t.Parallel()
	request := func(err error) error { return &url.Error{Op: "Post", URL: "/sdk", Err: err} }
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	slow := &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	for name, test := range map[string]struct {
		err               error
		lost, neverSentIt bool
	}{
		"nothing":             {nil, false, false},
		"cut":                 {request(io.EOF), true, false},
		"half an answer":      {io.ErrUnexpectedEOF, true, false},
		"explained":           {Explain("cloning", request(io.EOF)), true, false},
		"refused connection":  {request(dial), true, true},
		"no connection":       {request(slow), true, true},
		"no privilege":        {request(&Refusal{err: errors.New("Forbidden")}), false, false},
		"wrong password":      {request(&LoginError{errors.New("no")}), false, false},
		"503 of a proxy":      {request(errors.New("503 Service Unavailable")), true, false},
		"404":                 {request(errors.New("404 Not Found")), false, false},
		"403":                 {request(errors.New("403 Forbidden")), false, false},
		"interrupted":         {request(context.Canceled), false, false},
		"out of time":         {request(context.DeadlineExceeded), false, false},
		"foreign certificate": {request(x509.UnknownAuthorityError{}), false, false},
		"vSphere fault":       {soap.WrapVimFault(&types.NoPermission{}), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if NoResponse(test.err) != test.lost || NeverSent(test.err) != test.neverSentIt {
				t.Errorf("lost %t, never sent %t", NoResponse(test.err), NeverSent(test.err))
			}
		})
	}
}
