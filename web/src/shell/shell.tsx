// SPDX-License-Identifier: Apache-2.0
// The frame of every page: masthead, navigation, notices, and who is signed in.
import {
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
} from '@patternfly/react-core';
import { BarsIcon, SignOutAltIcon } from '@patternfly/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link, NavLink, Outlet, useLocation, useNavigationType } from 'react-router-dom';
import { deleteSession, forgetAnswers, isApiError } from '../api/client';
import { SelfContext, useSelf } from '../api/queries';
import type { Self } from '../api/types';
import { ErrorAlert } from '../components/error-alert';
import { Loading } from '../components/page';
import { SignIn } from '../pages/sign-in/sign-in';
import { Mark } from './brand';
import { DemoBanner, Notices } from './notices';
import { ThemeToggle } from './theme-toggle';

const wideQuery = '(min-width: 75rem)'; // where PatternFly shows the navigation beside the page
const mainId = 'main';

const places = [
  { path: '/images', name: 'Images' },
  { path: '/syncs', name: 'Syncs' },
  { path: '/feeds', name: 'Feeds' },
];

function SignOut({ self }: { self: Self }) {
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const signOut = async () => {
    try {
      await deleteSession(self.attributes.csrf_token);
      client.clear();
      window.location.assign('/');
    } catch (failure) {
      setError(failure as Error);
    }
  };
  return (
    <>
      {error && <span role="alert">Sign-out failed: {error.message}</span>}
      <span className="tw-user">{self.attributes.name}</span>
      <Button variant="secondary" size="sm" icon={<SignOutAltIcon />} onClick={() => void signOut()}>
        <span className="tw-sign-out-text">Sign out</span>
      </Button>
    </>
  );
}

/** A page that was gone to starts at its top and has the focus, so that keyboards and screen readers begin there. */
function useStartOfPage(): void {
  const page = useLocation().pathname.split('/').slice(0, 3).join('/');
  const lastPage = useRef(page);
  const navigation = useNavigationType();
  useEffect(() => {
    const isLeft = lastPage.current !== page;
    lastPage.current = page;
    if (isLeft && navigation !== 'REPLACE') {
      document.getElementById(mainId)?.focus({ preventScroll: true });
      document.querySelector('.pf-v6-c-page__main-container')?.scrollTo?.(0, 0);
    }
  }, [page, navigation]);
}

function useSidebar(): [boolean, (isOpen: boolean) => void] {
  const [isOpen, setOpen] = useState(() => window.matchMedia(wideQuery).matches);
  useEffect(() => {
    const media = window.matchMedia(wideQuery);
    const onChange = () => setOpen(media.matches);
    media.addEventListener('change', onChange);
    return () => media.removeEventListener('change', onChange);
  }, []);
  return [isOpen, setOpen];
}

interface FrameProps {
  self: Self | null;
  children: ReactNode;
}

function Frame({ self, children }: FrameProps) {
  const [isOpen, setOpen] = useSidebar();
  const closeIfNarrow = () => setOpen(window.matchMedia(wideQuery).matches);
  const masthead = (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        {self && (
          <MastheadToggle>
            <PageToggleButton
              variant="plain"
              aria-label="Navigation"
              isSidebarOpen={isOpen}
              onSidebarToggle={() => setOpen(!isOpen)}
              id="navigation-toggle"
              icon={<BarsIcon />}
            />
          </MastheadToggle>
        )}
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" aria-label="Tidewaiter, to the images" />}>
            <span className="tw-brand">
              <Mark />
              Tidewaiter
            </span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="tw-masthead-end">
          <ThemeToggle />
          {self && <SignOut self={self} />}
        </div>
      </MastheadContent>
    </Masthead>
  );
  const sidebar = self && (
    <PageSidebar isSidebarOpen={isOpen} id="navigation">
      <PageSidebarBody>
        <Nav aria-label="Pages" onSelect={closeIfNarrow}>
          <NavList>
            {places.map((place) => (
              <NavLinkItem key={place.path} {...place} />
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
  return (
    <div className="tw-frame">
      <DemoBanner notices={self?.attributes.notices ?? []} />
      <Page
        masthead={masthead}
        sidebar={sidebar}
        skipToContent={
          <a className="tw-skip" href={`#${mainId}`} onClick={focusMain}>
            Skip to the content
          </a>
        }
        mainContainerId={mainId}
        mainTabIndex={-1}
        isContentFilled
      >
        {children}
      </Page>
    </div>
  );
}

/** The address stays as it is: a fragment would end up in shared links. */
function focusMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById(mainId)?.focus();
}

function NavLinkItem({ path, name }: { path: string; name: string }) {
  const isActive = useLocation().pathname.startsWith(path);
  return (
    <NavItem isActive={isActive} itemId={path}>
      <NavLink to={path}>{name}</NavLink>
    </NavItem>
  );
}

export function Shell() {
  const self = useSelf();
  useStartOfPage();
  const isSignedOut = isApiError(self.error, 401);
  useEffect(() => {
    if (isSignedOut) {
      forgetAnswers();
    }
  }, [isSignedOut]);
  if (isSignedOut) {
    return (
      <Frame self={null}>
        <SignIn />
      </Frame>
    );
  }
  if (!self.data) {
    return (
      <Frame self={null}>
        <div className="tw-page">
          {self.error ? (
            <ErrorAlert error={self.error} title="Tidewaiter cannot be shown" onRetry={() => void self.refetch()} />
          ) : (
            <Loading name="Tidewaiter" />
          )}
        </div>
      </Frame>
    );
  }
  return (
    <SelfContext.Provider value={self.data}>
      <Frame self={self.data}>
        <div className="tw-page">
          <Notices notices={self.data.attributes.notices} />
          <Outlet />
        </div>
      </Frame>
    </SelfContext.Provider>
  );
}
