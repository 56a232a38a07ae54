// SPDX-License-Identifier: Apache-2.0
import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { DesktopIcon, MoonIcon, SunIcon } from '@patternfly/react-icons';
import { useEffect, useState } from 'react';
import { followTheme, storedTheme, storeTheme, themeChoices, type ThemeChoice } from './theme';

const looks: Record<ThemeChoice, { name: string; icon: React.ReactNode }> = {
  system: { name: 'Theme of the system', icon: <DesktopIcon /> },
  light: { name: 'Light theme', icon: <SunIcon /> },
  dark: { name: 'Dark theme', icon: <MoonIcon /> },
};

export function ThemeToggle() {
  const [choice, setChoice] = useState(storedTheme);
  useEffect(() => followTheme(choice), [choice]);
  return (
    <ToggleGroup aria-label="Theme" isCompact>
      {themeChoices.map((theme) => (
        <ToggleGroupItem
          key={theme}
          icon={looks[theme].icon}
          aria-label={looks[theme].name}
          buttonId={`theme-${theme}`}
          isSelected={theme === choice}
          onChange={() => {
            storeTheme(theme);
            setChoice(theme);
          }}
        />
      ))}
    </ToggleGroup>
  );
}
