// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// loggedIn reports whether there is a session after all. Of a login that was cut off, the cookie may have arrived and the rest not, and
// the server refuses another login with a good session.
func loggedIn(ctx context.Context, plain *vim25.Client) bool {
	manager := *plain.ServiceContent.SessionManager
	res, err := methods.RetrievePropertiesEx(ctx, plain.Client, &types.RetrievePropertiesEx{This: plain.ServiceContent.PropertyCollector,
		SpecSet: property.Filters([]property.Query{{Object: manager, Paths: []string{"currentSession"}}}, nil)})
	if err != nil || res.Returnval == nil {
		return false
	}
	var found mo.SessionManager
	err = mo.LoadObjectContent(res.Returnval.Objects, &found)
	return err == nil && found.CurrentSession != nil
}

func (s *Session) userinfo() *url.Userinfo { return url.UserPassword(s.cfg.User, s.cfg.Password) }

func (s *Session) loginSOAP(ctx context.Context, plain *vim25.Client) error {
	_, err := methods.Login(ctx, plain.Client, &types.Login{
		This: *plain.ServiceContent.SessionManager, UserName: s.cfg.User, Password: s.cfg.Password, Locale: "en_US",
	})
	return err
}

// explainLogin explains a failed first contact in one sentence.
func (s *Session) explainLogin(err error) error {
	var said *faults.SilenceError
	if errors.As(err, &said) {
		return said
	}
	if sentence := s.loginSentence(err); sentence != nil {
		return &faults.LoginError{Sentence: sentence}
	}
	return &faults.SilenceError{Server: s.cfg.Server, Err: err}
}

// loginSentence explains a failed login; nil if the server has not answered.
func (s *Session) loginSentence(err error) error {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case soap.IsSoapFault(err) && faults.Is[*types.InvalidLogin](err), rest.IsStatusError(err, http.StatusUnauthorized):
		return fmt.Errorf("%s refuses the user name or password of %q: check user and password (VSPHERE_USER, VSPHERE_PASSWORD), and whether "+
			"the account is locked or its password has expired, of which a vCenter says no more", s.cfg.Server, s.cfg.User)
	case faults.Is[*types.PasswordExpired](err):
		return fmt.Errorf("%s says that the password of %q has expired: set another one, and write it in password (VSPHERE_PASSWORD)",
			s.cfg.Server, s.cfg.User)
	case faults.Is[*types.NoPermission](err):
		return fmt.Errorf("%s lets %q in nowhere: the account has no permission to log in to this vCenter", s.cfg.Server, s.cfg.User)
	case faults.Untrusted(err):
		return fmt.Errorf("the certificate of %s is not trusted (%w): set ca_file to the authority that signed it, or allow_unverified_ssl = "+
			"true to accept any", s.cfg.Server, faults.CertificateCause(err))
	case errors.As(err, &dns):
		return fmt.Errorf("the host name in %q cannot be resolved: check vsphere_server (VSPHERE_SERVER)", s.cfg.Server)
	case errors.As(err, &op) && op.Op == "dial", errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s cannot be reached (%s): check vsphere_server (VSPHERE_SERVER) and the way to it", s.cfg.Server,
			faults.ShortCause(err))
	}
	return nil
}
