// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// soapTransport is the SOAP transport. It renews a lost session once for all callers, and repeats what may be repeated.
type soapTransport struct {
	next    *soap.Client
	renewer *sessionRenewer
	login   func(context.Context) error
	timeout time.Duration
	server  string
	silence *silence
	refused func(error) error                  // explains a failed login in one sentence
	denied  func(context.Context, error) error // explains a refusal
}

// RoundTrip sends one call. A change is not sent again once it can have arrived.
func (w *soapTransport) RoundTrip(ctx context.Context, req, res soap.HasFault) error {
	if !readOnly(req) {
		if err := openstack.Begin(ctx); err != nil {
			return err
		}
		noteSent(ctx, req)
		ctx = context.WithoutCancel(ctx) // a call that is cut off may have been carried out, unknown to anyone
	}
	start, room := time.Now(), w.timeout
	if readOnly(req) {
		room = w.silence.room(start, w.timeout)
	}
	call, stop := context.WithTimeout(ctx, room)
	defer stop()
	for renewals := 0; ; renewals++ {
		seen := w.renewer.now()
		err := w.send(ctx, call, req, res)
		if !unauthenticated(res, err) || renewals == maxRenewals {
			if err = w.silence.unsaid(ctx, w.server, start, err); err == nil || w.denied == nil {
				return err
			}
			return w.denied(ctx, err)
		}
		if err := w.renewer.renew(call, seen, w.login); err != nil {
			return w.refused(err)
		}
	}
}

// maxRenewals is how often one call may meet a lost session: a vCenter that restarts may lose the renewed one too.
const maxRenewals = 3

// send repeats a call through an outage if it may arrive twice, and a change only if no connection was made.
func (w *soapTransport) send(asked, ctx context.Context, req, res soap.HasFault) error {
	may := faults.NeverSent
	switch {
	case readOnly(req):
		may = retry.OrTransient(faults.NoResponse)
	case refusesTwins(req):
		may = faults.NoResponse
	}
	return retry.Until(ctx, w.silence.until(time.Now(), w.timeout), may, func() error {
		reflect.ValueOf(res).Elem().SetZero()
		began := time.Now()
		within, line := logCall(ctx)
		err := w.next.RoundTrip(within, req, res)
		line.end(ctx, req, res, err)
		w.silence.note(asked, ctx, err, began)
		return err
	})
}

func methodName(req soap.HasFault) string {
	return strings.TrimSuffix(reflect.TypeOf(req).Elem().Name(), "Body")
}

// refusesTwins reports whether a second call of this kind is refused with DuplicateName if the first has arrived. The caller then uses
// the object that the fault names.
func refusesTwins(req soap.HasFault) bool { return methodName(req) == "CreateFolder" }

// readOnly reports whether a call changes nothing.
func readOnly(req soap.HasFault) bool {
	name := methodName(req)
	for _, prefix := range []string{"Retrieve", "Find", "Query", "Current", "Fetch", "VslmRetrieve", "VslmList"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// unauthenticated recognises both forms of a lost session: a fault, or a property read with all properties missing for that reason.
func unauthenticated(res soap.HasFault, err error) bool {
	if err != nil {
		return faults.Is[*types.NotAuthenticated](err)
	}
	body, ok := res.(*methods.RetrievePropertiesExBody)
	if !ok || body.Res == nil || body.Res.Returnval == nil {
		return false
	}
	for _, object := range body.Res.Returnval.Objects {
		for _, missing := range object.MissingSet {
			if _, lost := missing.Fault.Fault.(*types.NotAuthenticated); lost {
				return true
			}
		}
	}
	return false
}
