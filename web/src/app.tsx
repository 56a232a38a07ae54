// SPDX-License-Identifier: Apache-2.0
import { Navigate, Route, Routes } from 'react-router-dom';
import { ExplanationPage } from './pages/explanation/explanation-page';
import { FeedsPage } from './pages/feeds/feeds-page';
import { ImagePage } from './pages/image/image-page';
import { ImagesPage } from './pages/images/images-page';
import { NotFoundPage } from './pages/not-found/not-found-page';
import { SyncsPage } from './pages/syncs/syncs-page';
import { Shell } from './shell/shell';

export function App() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<Navigate to="/images" replace />} />
        <Route path="images" element={<ImagesPage />} />
        <Route path="images/:id" element={<ImagePage />} />
        <Route path="images/:id/:tab" element={<ImagePage />} />
        <Route path="images/:id/explanations/:vulnerability" element={<ExplanationPage />} />
        <Route path="syncs" element={<SyncsPage />} />
        <Route path="feeds" element={<FeedsPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  );
}
